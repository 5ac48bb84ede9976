// Weight files of others: what is read of honest ones, and that hostile ones are refused.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <map>

#include "native/system/files.h"
#include "native/weights/pickle.h"
#include "native/weights/torch_file.h"
#include "native/weights/weight_file.h"
#include "result_text.h"
#include "safetensors_text.h"
#include "scratch_folder.h"

using namespace limbus;

namespace {

std::string caseFile(const std::string& name) {
  return std::string(LIMBUS_CASES) + "/weights/" + name;
}

std::string bytesOf(const std::string& name) {
  const Result<std::string> bytes = readBytes(caseFile(name));
  REQUIRE(bytes);
  return *bytes;
}

std::map<std::string, Tensor> tensorsOf(const WeightGroup& group) {
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, stored] : group.tensors) {
    const Result<Tensor> tensor = readStored(stored);
    REQUIRE(tensor);
    tensors[name] = *tensor;
  }
  return tensors;
}

std::string errorOf(const std::string& bytes) {
  const ScratchFolder scratch;
  REQUIRE(writeBytes(scratch / "w", bytes, false));
  const Result<WeightFile> file = readWeightFile(scratch / "w");
  return file ? "" : file.error().message;
}

}  // namespace

TEST_CASE("weights: both forms of torch.save, every type, views") {
  using Floats = std::vector<float>;
  const Floats whole{0, 1, 2, 3, 4, 5}, halves{0, 0.5, 1, 1.5, 2, 2.5};
  for (const char* name : {"zip.pth", "old.pth"}) {
    INFO(name);
    const Result<WeightFile> file = readWeightFile(caseFile(name));
    REQUIRE(file);
    CHECK(file->format == "PyTorch");
    REQUIRE(file->groups.size() == 1);
    const auto tensors = tensorsOf(file->groups[0]);
    REQUIRE(tensors.size() == 9);
    CHECK(tensors.at("float").shape == Dims{2, 3});
    CHECK(tensors.at("float").values == whole);
    for (const char* type : {"half", "bfloat16", "double"}) {
      CHECK(tensors.at(type).values == halves);
    }
    CHECK(tensors.at("long").values == whole);
    CHECK(tensors.at("transposed").shape == Dims{3, 2});
    CHECK(tensors.at("transposed").values == Floats{0, 3, 1, 4, 2, 5});
    CHECK(tensors.at("view").values == Floats{2, 3, 4, 5, 6, 7});
    CHECK(tensors.at("scalar").shape.empty());
    CHECK(tensors.at("scalar").values == Floats{3.5});
    CHECK(tensors.at("parameter").values == Floats{1, 2, 3, 4, 5, 6});
  }
}

TEST_CASE("weights: a checkpoint's dicts keep apart") {
  for (const char* name : {"zip-checkpoint.pth", "old-checkpoint.pth"}) {
    INFO(name);
    const Result<WeightFile> file = readWeightFile(caseFile(name));
    REQUIRE(file);
    std::vector<std::string> paths;
    for (const WeightGroup& group : file->groups) paths.push_back(group.path);
    CHECK(std::count(paths.begin(), paths.end(), "state_dict") == 1);
    CHECK(std::count(paths.begin(), paths.end(), "optimizer.state.0") == 1);
    const auto tensors = tensorsOf(file->groups[0]);
    CHECK(tensors.at("0.weight").values == std::vector<float>{1, 2});
    CHECK(tensors.count("1.running_var") == 1);
  }
}

TEST_CASE("weights: what training scripts save beside them is passed over") {
  for (const char* name : {"zip-script.pth", "old-script.pth"}) {
    INFO(name);
    const Result<WeightFile> file = readWeightFile(caseFile(name));
    INFO((file ? "" : file.error().message));
    REQUIRE(file);
    REQUIRE(file->groups.size() == 1);
    CHECK(file->groups[0].path == "state_dict");
    CHECK(tensorsOf(file->groups[0]).at("0.weight").values == std::vector<float>{1, 2});
  }
  // A random generator's state: an integer of 16 bytes.
  CHECK(readPickle("\x80\x02\x8a\x10" + std::string(16, '\7') + "."));
  CHECK(!readPickle("\x80\x02\x8a\x10" + std::string(15, '\7')));
  // As NumPy 2 and Python 3.13 call them.
  const auto made = [](const std::string& name) {
    return readPickle("\x80\x02}X\x01" + std::string(3, '\0') + "ac" + name + "\n)R}bs.");
  };
  CHECK(made("numpy._core.multiarray\nscalar"));
  CHECK(made("pathlib._local\nPosixPath"));
  CHECK(contains(made("numpy.load\nscalar").error().message, "asks for 'numpy.load.scalar'"));
}

TEST_CASE("weights: a pickle that asks for more is refused by the name of what it asks for") {
  struct Row {
    const char *file, *expected;
  };
  for (const Row& row : {Row{"zip-hostile.pth", "asks for 'posix.system'"},
                         Row{"old-hostile.pth", "asks for 'posix.system'"},
                         Row{"zip-hidden.pth", "asks for 'posix.system'"},
                         Row{"old-hidden.pth", "asks for 'posix.system'"}}) {
    INFO(row.file);
    const Result<WeightFile> file = readWeightFile(caseFile(row.file));
    REQUIRE(!file);
    CHECK(contains(file.error().message, row.expected));
    CHECK(contains(file.error().message, "nothing in it was run"));
  }
  CHECK(!std::filesystem::exists("hostile-pickle-was-run"));
}

// What numpy.mean() makes of scores, as trainings keep the best of them in their checkpoints; of
// NumPy's first version and of its second.
TEST_CASE("weights: a score that NumPy computed is passed over beside the weights") {
  using namespace std::string_literals;
  for (const std::string module : {"numpy.core.multiarray", "numpy._core.multiarray"}) {
    INFO(module);
    const std::string scalar =
        "c" + module + "\nscalar\ncnumpy\ndtype\nX\x02\0\0\0f8\x89\x88\x87R"s +
        "(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"s +
        "c_codecs\nencode\nX\x09\0\0\0\0\0\0\0\0\0\xc3\xa0?X\x06\0\0\0latin1\x86R\x86R"s;
    const std::string dict = "\x80\x02}(X\x04\0\0\0best"s + scalar + "X\x05\0\0\0epochK\x07u."s;
    const Result<Pickle> pickle = readPickle(dict);
    INFO((pickle ? std::string() : pickle.error().message));
    REQUIRE(pickle);
    const PickleValue& root = pickle->at(pickle->root);
    REQUIRE(root.items.size() == 4);
    CHECK(pickle->at(root.items[1]).kind == PickleValue::Kind::object);
    CHECK(pickle->at(root.items[3]).integer == 7);
  }
}

TEST_CASE("weights: archives that grow, or say what is not so") {
  struct Row {
    const char *file, *expected;
  };
  for (const Row& row : {Row{"bomb.pth", "compressed"}, Row{"few-values.pth", "more values"},
                         Row{"no-pickle.pth", "no data.pkl"}}) {
    INFO(row.file);
    const Result<WeightFile> file = readWeightFile(caseFile(row.file));
    REQUIRE(!file);
    CHECK(contains(file.error().message, row.expected));
  }
}

TEST_CASE("weights: a file that ends early is an error wherever it ends") {
  for (const char* name : {"zip.pth", "old.pth"}) {
    const std::string bytes = bytesOf(name);
    for (std::size_t size = 16; size < bytes.size(); size += 7) {
      INFO(name << " cut to " << size);
      CHECK(!readTorchFile(bytes.substr(0, size)));
    }
  }
}

TEST_CASE("weights: no change of a byte reads outside the file") {
  int read = 0;
  for (const char* name : {"old.pth", "zip.pth"}) {
    const std::string bytes = bytesOf(name);
    for (std::size_t i = 15; i < bytes.size(); ++i) {
      for (unsigned char change : {0x01, 0x80, 0xff}) {
        std::string changed = bytes;
        changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ change);
        const Result<WeightFile> file = readTorchFile(std::move(changed));
        if (!file) continue;
        for (const WeightGroup& group : file->groups) {
          for (const auto& entry : group.tensors) read += readStored(entry.second) ? 1 : 0;
        }
      }
    }
  }
  CHECK(read > 0);
}

TEST_CASE("weights: pickles that would wear the reader out") {
  std::string wide = "\x80\x02";
  for (int i = 0; i < 3'000'000; ++i) wide += "]";
  CHECK(contains(readPickle(wide + ".").error().message, "too many values"));
  // A list of pairs that is made a dict again and again.
  std::string copies = "\x80\x02](";
  for (int i = 0; i < 1000; ++i) copies += "NN\x86";
  copies += "e\x85q";
  copies += std::string(1, '\0') + "ccollections\nOrderedDict\nq\x01" + "0";
  CHECK(!readPickle(copies + "."));  // POP is none of the instructions that torch writes
  copies.pop_back();
  for (int i = 0; i < 3000; ++i) copies += std::string("h\x01h\0R", 5);
  CHECK(contains(readPickle(copies + ".").error().message, "too many values"));
  // Nested deeper than any stack; it is no dict of tensors, and goes without recursion.
  std::string deep = "\x80\x02";
  for (int i = 0; i < 1'000'000; ++i) deep += "]";
  for (int i = 1; i < 1'000'000; ++i) deep += "a";
  CHECK(readPickle(deep + "."));
  // A long tuple that is handed over again and again.
  std::string handed = "\x80\x02(" + std::string(500'000, 'N') + "tq" + std::string(1, '\0') +
                       "ctorch\ndevice\nq\x01";
  for (int i = 0; i < 300'000; ++i) handed += std::string("h\x01h\0R", 5);
  CHECK(readPickle(handed + "."));
  handed = "\x80\x02(" + std::string(500'000, 'N') + "tq" + std::string(1, '\0');
  for (int i = 0; i < 300'000; ++i) handed += std::string("h\0", 2);
  CHECK(contains(readPickle(handed + "Q.").error().message, "it names a storage in words"));
  CHECK(!readPickle("\x80\x02"));
  CHECK(!readPickle("."));
  CHECK(!readPickle("\x80\x02t."));
}

TEST_CASE("weights: views lie within their storage") {
  const std::string storage(16, '\0');
  const auto stored = [&](Dims shape, Dims strides, std::int64_t offset) {
    return readStored({Element::float32, std::move(shape), std::move(strides), offset, storage});
  };
  CHECK(stored({4}, {1}, 0));
  CHECK(stored({2, 2}, {1, 2}, 0));
  CHECK(stored({0, 7}, {7, 1}, 0)->values.empty());
  CHECK(!stored({4}, {1}, 1));
  CHECK(!stored({5}, {1}, 0));
  CHECK(!stored({2}, {4}, 0));
  CHECK(!stored({2}, {-1}, 1));
  CHECK(!stored({1}, {1}, -1));
  CHECK(!stored({1 << 20, 1 << 20}, {0, 0}, 0));  // one value, repeated
  CHECK(!stored({std::int64_t{1} << 40, std::int64_t{1} << 40}, {1, 1}, 0));
  CHECK(!stored({2, 2}, {std::int64_t{1} << 62, std::int64_t{1} << 62}, 0));
}

TEST_CASE("weights: safetensors of any type, and headers that lie") {
  const std::string body("\0\0\x80\x3f\0\0\0\x40", 8);  // 1, 2
  const auto header = [](const std::string& type, const std::string& shape,
                         const std::string& offsets) {
    return R"({"w":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets +
           "}}";
  };
  const ScratchFolder scratch;
  REQUIRE(writeBytes(scratch / "w", safetensorsOf(header("F32", "[2]", "[0,8]"), body)));
  const Result<WeightFile> file = readWeightFile(scratch / "w");
  REQUIRE(file);
  CHECK(file->format == "safetensors");
  CHECK(tensorsOf(file->groups[0]).at("w").values == std::vector<float>{1, 2});

  struct Row {
    std::string type, shape, offsets, expected;
  };
  const std::vector<Row> rows{
      {"F32", "[3]", "[0,8]", "offsets that do not fit"},
      {"F32", "[3]", "[0,12]", "ends early"},
      {"F32", "[1]", "[0,4]", "bytes after the last tensor"},
      {"F32", "[1]", "[4,8]", "one behind the other"},
      {"F32", "[2]", "[8,0]", "offsets that do not fit"},
      {"F32", "[-2]", "[0,8]", "absurd"},
      {"F32", "[1099511627776,1099511627776]", "[0,8]", "absurdly large"},
      {"F8_E4M3", "[8]", "[0,8]", "which is not read"},
      {"F32", "[2.5]", "[0,8]", "integers"},
      {"F32", "2", "[0,8]", "no list"},
      {"F32", "[2]", "[0]", "no two offsets"},
  };
  for (const Row& row : rows) {
    INFO(row.type << " " << row.shape << " " << row.offsets);
    CHECK(contains(errorOf(safetensorsOf(header(row.type, row.shape, row.offsets), body)),
                   row.expected));
  }
  std::string longer = safetensorsOf(header("F32", "[2]", "[0,8]"), body);
  longer[1] = '\x7f';  // a header of more bytes than the file
  CHECK(contains(errorOf(longer), "no length of a header"));
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  CHECK(contains(errorOf(safetensorsOf(R"({"__metadata__":)" + deep + "}", "")), "no JSON object"));
  CHECK(contains(errorOf(""), "empty"));
  CHECK(contains(errorOf("hello"), "no weights that are read here"));
}
