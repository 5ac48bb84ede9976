#include "native/data/files/decoders.h"

#include "native/data/files/bmp.h"
#include "native/data/files/jpeg.h"
#include "native/data/files/mat.h"
#include "native/data/files/npy.h"
#include "native/data/files/pnm.h"
#include "native/data/files/tiff.h"
#include "native/data/files/webp.h"

namespace limbus {
namespace {

Result<const Decoder*> find(std::string_view bytes, Decode wanted) {
  std::string possible;
  for (const Decoder& decoder : decoders()) {
    if (decoder.*wanted == nullptr) continue;
    if (decoder.matches(bytes)) return &decoder;
    possible += (possible.empty() ? "neither " : " nor ") + std::string(decoder.name);
  }
  if (isJpeg(bytes)) {
    return fail(ErrorCode::badData, "a JPEG, which blurs labels; save masks as PNG when drawing");
  }
  return fail(ErrorCode::badData, bytes.empty()
                                      ? "the file is empty"
                                      : possible + " by its first bytes; convert it to PNG");
}

}  // namespace

const std::vector<Decoder>& decoders() {
  static const std::vector<Decoder> rows = {
      {"PNG", isPng, pngSize, decodePng, decodePngLabels, decodePngObjects, isPngOf16Bits},
      {"JPEG", isJpeg, jpegSize, decodeJpeg, nullptr},
      {"TIFF", isTiff, tiffSize, decodeTiff, decodeTiffLabels, decodeTiffObjects, isTiffOf16Bits,
       tiffGoesOn},
      {"npy", isNpy, npySize, nullptr, decodeNpyMask, decodeNpyObjects},
      {"WebP", isWebp, webpSize, decodeWebp, decodeWebpLabels},
      {"BMP", isBmp, bmpSize, decodeBmp, decodeBmp},
      {"PGM or PPM", isPnm, pnmSize, decodePnm, decodePnmLabels},
      {".mat", isMat, matSize, nullptr, decodeMatMask},
  };
  return rows;
}

Result<const Decoder*> imageDecoder(std::string_view bytes) { return find(bytes, &Decoder::image); }

Result<const Decoder*> labelDecoder(std::string_view bytes) {
  return find(bytes, &Decoder::labels);
}

Result<const Decoder*> objectDecoder(std::string_view bytes) {
  return find(bytes, &Decoder::objects);
}

}  // namespace limbus
