# Reads a submission with Python's own libraries alone and prints the masks in it, to be compared
# with those that were written:   read_submission.py FORM FILE...
# Prints "NAME WIDTH HEIGHT HEX-OF-ALL-PIXELS" per mask, what else there is to check first.
import base64, io, json, struct, sys, xml.etree.ElementTree, zipfile, zlib
import numpy


def show(name, mask):
    print(name, mask.shape[1], mask.shape[0], mask.astype(numpy.uint8).tobytes().hex())


def openeds2019(file):
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        (entry,) = archive.infolist()
        assert entry.compress_type == zipfile.ZIP_DEFLATED
        text = archive.read(entry).decode("ascii")
    data = json.loads(text)
    assert json.dumps(data) == text and list(data) == ["num_model_params", "number_of_samples", "labels"]
    print(entry.filename, data["num_model_params"], data["number_of_samples"])
    for name, label in data["labels"].items():
        show(name, numpy.frombuffer(base64.b64decode(label, validate=True), numpy.uint8).reshape(6, 7))


def openeds2020(file):
    text = open(file).read()
    data = json.loads(text)
    assert json.dumps(data) == text
    for name, label in data.items():
        runs = base64.b64decode(label, validate=True)
        counts, values = runs[::2], runs[1::2]
        assert len(counts) == len(values) and min(counts) > 0
        # As long as they may be: a value comes again only behind a full run.
        assert all(a != b or n == 255 for a, b, n in zip(values, values[1:], counts))
        saved = b"".join(bytes([value]) * count for count, value in zip(counts, values))
        mask = numpy.load(io.BytesIO(saved), allow_pickle=False)
        again = io.BytesIO()
        numpy.save(again, mask)
        assert again.getvalue() == saved and mask.dtype == numpy.uint8
        show(name, mask)


def signate(file):
    text = open(file).read()
    data = json.loads(text)
    rows = {image: {category: {int(row): runs for row, runs in of.items()} for category, of in all.items()}
            for image, all in data.items()}
    assert json.dumps(rows, sort_keys=True, separators=(",", ":")) == text
    for image, all in rows.items():
        print(image, " ".join(sorted(all)))
        for category, of in sorted(all.items()):
            mask = numpy.zeros((6, 7), numpy.uint8)
            for row, runs in of.items():
                assert all_apart(runs)
                for first, last in runs:
                    mask[row, first : last + 1] = 1
            show(category, mask)


def all_apart(runs):
    return all(a[1] + 1 < b[0] for a, b in zip(runs, runs[1:])) and all(first <= last for first, last in runs)


def palette_png(*files):
    for file in files:
        data = open(file, "rb").read()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        at, chunks = 8, {}
        while at < len(data):
            size, kind = struct.unpack(">I4s", data[at : at + 8])
            body = data[at + 8 : at + 8 + size]
            assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0]
            chunks[kind] = chunks.get(kind, b"") + body
            at += 12 + size
        width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
        assert colour == 3
        print("palette", chunks[b"PLTE"].hex())
        raw = zlib.decompress(chunks[b"IDAT"])
        rows = [raw[y * (len(raw) // height) :][: len(raw) // height] for y in range(height)]
        assert all(row[0] == 0 for row in rows), "indices are not filtered"
        bits = [numpy.unpackbits(numpy.frombuffer(row[1:], numpy.uint8)) for row in rows]
        of = [numpy.packbits(row.reshape(-1, depth)[:width], axis=1)[:, 0] >> (8 - depth) for row in bits]
        show(file.split("/")[-1], numpy.array(of))


def gf_xml(*files):
    for file in files:
        root = xml.etree.ElementTree.parse(file).getroot()
        fields = {f"{part.tag}/{field.tag}": field.text for part in root for field in part}
        print(json.dumps(fields, ensure_ascii=False))
        folder = file.rsplit("/", 1)[0]
        palette_png(f"{folder}/{fields['segmentation/resultfile']}")


globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:])
