// WebP: lossless and with losses, as images and as labels. The files are libwebp's own, as hex.
#include "data_trees.h"
#include "native/data/files/webp.h"
#include "scratch_folder.h"

using namespace limbus;

namespace {

const Pixels kSix = {255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 128, 64, 32, 1, 2, 3};  // 3x2
const std::string kLossless = bytesOfHex(
    "5249464646000000574542505650384c390000002f024000002fa0a06d14e85e90847f65d8209bb40999f271"
    "cfaf82b66d987e0ae38f74f31fe03fc483b46d6e07040294b1e2816d22fa1fe30500");
// (200, 100, 50) twice, opaque and half transparent.
const std::string kAlpha =
    bytesOfHex("5249464620000000574542505650384c130000002f010000100f3064833c32ff038c076444ff0300");
const std::string kLossy = bytesOfHex(  // 16x16 of (200, 100, 50)
    "524946463800000057454250565038202c000000f001009d012a1000100002003425a00274ba01f80004c800"
    "00fe9717ff20b96175c8d7fe712a209379800000");

bool withoutWebp() {
  const auto size = webpSize(kLossless);
  return !size && size.error().code == ErrorCode::unsupported;
}

}  // namespace

TEST_CASE("webp: lossless is exact, alpha goes over black, labels are lossless alone") {
  if (withoutWebp()) SKIP("a build without libwebp");
  const ScratchFolder scratch;
  writeText(scratch / "six.png", kLossless);  // told by content
  const Result<ImageSize> size = readImageSize(scratch / "six.png");
  REQUIRE((size && size->width == 3 && size->height == 2));
  REQUIRE(readImage(scratch / "six.png")->pixels == kSix);
  REQUIRE(readLabels(scratch / "six.png")->pixels == kSix);
  REQUIRE(decodeWebp(kAlpha)->pixels == Pixels{200, 100, 50, 100, 50, 25});
  REQUIRE(decodeWebpLabels(kAlpha)->pixels == Pixels{200, 100, 50, 200, 100, 50});
  const Result<Image> lossy = decodeWebp(kLossy);
  REQUIRE((lossy && lossy->width == 16 && lossy->channels == 3));
  for (std::size_t i = 0; i < lossy->pixels.size(); ++i) {
    CHECK(std::abs(lossy->pixels[i] - Pixels{200, 100, 50}[i % 3]) < 6);
  }
  REQUIRE(contains(decodeWebpLabels(kLossy).error().message, "save it as PNG or lossless WebP"));
}

TEST_CASE("webp: cut anywhere it is an error, never a partial image") {
  if (withoutWebp()) SKIP("a build without libwebp");
  for (const std::string& whole : {kLossless, kLossy}) {
    for (std::size_t length = 0; length + 2 < whole.size(); ++length) {
      CAPTURE(length);
      REQUIRE_FALSE(decodeWebp(std::string_view(whole).substr(0, length)));
    }
  }
  std::string animated = kAlpha;
  animated.replace(12, 4, "VP8X");
  REQUIRE_FALSE(decodeWebp(animated));
}

TEST_CASE("folder: images and masks may be WebP") {
  if (withoutWebp()) SKIP("a build without libwebp");
  const ScratchFolder scratch;
  writeText(scratch / "images/a.webp", kLossless);
  writeText(scratch / "masks/a.webp", kLossless);
  std::vector<ClassSpec> six;
  for (std::size_t i = 0; i < 18; i += 3) {
    six.push_back({"c" + std::to_string(i), {kSix[i], kSix[i + 1], kSix[i + 2]}, ""});
  }
  const auto set = opened("folder", {scratch.path(), "train", six, "{}"});
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{0, 1, 2, 3, 4, 5});
}
