# Writes tail.json: reference rows for upsampling and argmax, computed by PyTorch.
import json, os, torch, torch.nn.functional as F
g = torch.Generator().manual_seed(5)
rows = []
def mk(name, c, h, w, H, W, align):
    lg = torch.round(torch.randn(c, h, w, generator=g) * 64) / 64
    up = F.interpolate(lg[None], size=(H, W), mode='bilinear', align_corners=align)[0]
    top = up.topk(2, dim=0).values
    assert c == 1 or (top[0] - top[1]).abs().min() > 1e-4, name
    m = up.argmax(0)
    rows.append({"name": name, "source": {"width": W, "height": H},
      "input": {"width": W, "height": H, "pad": {"to": "multiple", "multiple": 1}},
      "alignCorners": align, "logits": {"channels": c, "height": h, "width": w,
      "values": [float(v) for v in lg.flatten()]},
      "mask": ["".join(str(int(v)) for v in r) for r in m]})
def attempt(*a):
    for _ in range(50):
        try: return mk(*a)
        except AssertionError: pass
    raise SystemExit(a)
attempt("stride 8, half-pixel corners", 4, 3, 5, 24, 40, False)
attempt("stride 8, aligned corners", 4, 3, 5, 24, 40, True)
attempt("stride 4, width no multiple of 16", 3, 4, 5, 16, 19, False)
attempt("same size", 4, 6, 7, 6, 7, False)
attempt("odd ratio, aligned corners", 3, 4, 3, 11, 17, True)
attempt("one logit", 3, 1, 1, 5, 6, False)
attempt("one row of logits, aligned corners", 3, 1, 4, 3, 20, True)
attempt("nine classes", 9, 3, 3, 12, 18, False)
# padded and shrunk sources: the network input is upsampled, then cut or sampled
lg = torch.round(torch.randn(4, 3, 4, generator=g) * 64) / 64
up = F.interpolate(lg[None], size=(24, 32), mode='bilinear', align_corners=False)[0]
m = up.argmax(0)[2:2+19, 1:1+29]
rows.append({"name": "padding in the middle is cut away", "source": {"width": 29, "height": 19},
  "input": {"width": 29, "height": 19, "pad": {"to": "multiple", "multiple": 8, "place": "centre"}},
  "alignCorners": False, "logits": {"channels": 4, "height": 3, "width": 4, "values": [float(v) for v in lg.flatten()]},
  "mask": ["".join(str(int(v)) for v in r) for r in m]})
# half size stretch: source pixel x sits at (x + .5) / 2 - .5 of the input = upsampling by 2 * stride
lg = torch.round(torch.randn(4, 2, 3, generator=g) * 64) / 64
up = F.interpolate(lg[None], size=(16, 24), mode='bilinear', align_corners=False)[0]
rows.append({"name": "a source of twice the input's size", "source": {"width": 24, "height": 16},
  "input": {"width": 12, "height": 8, "resize": "stretch", "pad": {"to": "box"}},
  "alignCorners": False, "logits": {"channels": 4, "height": 2, "width": 3, "values": [float(v) for v in lg.flatten()]},
  "mask": ["".join(str(int(v)) for v in r) for r in up.argmax(0)]})
rows.append({"name": "ties go to the lower class", "source": {"width": 4, "height": 2},
  "input": {"width": 4, "height": 2, "pad": {"to": "multiple", "multiple": 1}},
  "alignCorners": False, "logits": {"channels": 3, "height": 1, "width": 2, "values": [1, 0, 1, 0, 1, 0]},
  "mask": ["0000", "0000"]})
out = "[\n" + ",\n".join("  " + json.dumps(r) for r in rows) + "\n]\n"
open(os.path.join(os.path.dirname(__file__), "tail.json"), "w").write(out)
