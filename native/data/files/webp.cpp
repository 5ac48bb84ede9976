#include "native/data/files/webp.h"

#ifdef LIMBUS_WITH_WEBP
#include <webp/decode.h>
#endif

#include "native/data/files/alpha.h"

namespace limbus {

bool isWebp(std::string_view bytes) {
  return bytes.substr(0, 4) == "RIFF" && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP";
}

#ifdef LIMBUS_WITH_WEBP

namespace {

struct Facts {
  ImageSize size;
  bool lossless, alpha;
};

const std::uint8_t* webpBytes(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

Result<Facts> factsOf(std::string_view bytes) {
  WebPBitstreamFeatures features;
  const VP8StatusCode status = WebPGetFeatures(webpBytes(bytes), bytes.size(), &features);
  if (status != VP8_STATUS_OK) {
    return fail(ErrorCode::badData, status == VP8_STATUS_NOT_ENOUGH_DATA
                                        ? "bad WebP: the file ends early"
                                        : "bad WebP: its header is damaged");
  }
  if (features.has_animation != 0) {
    return fail(ErrorCode::unsupported, "an animated WebP; save its frames as images");
  }
  return checkImageSize(static_cast<std::uint64_t>(features.width),
                        static_cast<std::uint64_t>(features.height))
      .map([&](ImageSize size) {
        return Facts{size, features.format == 2, features.has_alpha != 0};
      });
}

Result<Image> pixelsOf(std::string_view bytes, ImageSize size, bool alpha) {
  Image image(size.width, size.height, alpha ? 4 : 3);
  const auto decode = alpha ? &WebPDecodeRGBAInto : &WebPDecodeRGBInto;
  if (decode(webpBytes(bytes), bytes.size(), image.pixels.data(), image.pixels.size(),
             size.width * image.channels) == nullptr) {
    return fail(ErrorCode::badData, "bad WebP: it cannot be decoded");
  }
  return alpha ? overBlack(image) : std::move(image);
}

}  // namespace

Result<ImageSize> webpSize(std::string_view bytes) {
  return factsOf(bytes).map([](const Facts& facts) { return facts.size; });
}

Result<Image> decodeWebp(std::string_view bytes) {
  const Result<Facts> facts = factsOf(bytes);
  if (!facts) return fail(facts.error());
  return pixelsOf(bytes, facts->size, facts->alpha);
}

Result<Image> decodeWebpLabels(std::string_view bytes) {
  const Result<Facts> facts = factsOf(bytes);
  if (!facts) return fail(facts.error());
  if (!facts->lossless) {
    return fail(ErrorCode::unsupported,
                "a WebP with losses blurs the labels of a mask; save it as PNG or lossless WebP");
  }
  return pixelsOf(bytes, facts->size, false);
}

#else

namespace {
tl::unexpected<Error> withoutWebp() {
  return fail(
      ErrorCode::unsupported,
      "this build has no WebP support; install libwebp's development files and build again");
}
}  // namespace

Result<ImageSize> webpSize(std::string_view) { return withoutWebp(); }
Result<Image> decodeWebp(std::string_view) { return withoutWebp(); }
Result<Image> decodeWebpLabels(std::string_view) { return withoutWebp(); }

#endif

}  // namespace limbus
