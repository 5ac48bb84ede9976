#include "native/data/files/pnm.h"

#include <charconv>
#include <string>

namespace limbus {
namespace {

struct PnmHeader {
  ImageSize size;
  int channels;
  int greatest;        // the value that means white
  std::size_t pixels;  // where they begin
};

bool isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

tl::unexpected<Error> badPnm(const std::string& why) {
  return fail(ErrorCode::badData, "bad PGM or PPM: " + why);
}

Result<PnmHeader> headerOf(std::string_view bytes) {
  std::size_t at = 2;
  unsigned numbers[3] = {};  // width, height, greatest value
  for (unsigned& number : numbers) {
    while (at < bytes.size() && (isSpace(bytes[at]) || bytes[at] == '#')) {
      at = bytes[at] == '#' ? std::min(bytes.find('\n', at), bytes.size()) : at + 1;
    }
    const auto [end, error] =
        std::from_chars(bytes.data() + at, bytes.data() + bytes.size(), number);
    if (error != std::errc()) return badPnm("its header is damaged");
    at = static_cast<std::size_t>(end - bytes.data());
  }
  if (at >= bytes.size() || !isSpace(bytes[at])) return badPnm("the file ends early");
  if (numbers[2] == 0 || numbers[2] > 65535) return badPnm("its header is damaged");
  const Result<ImageSize> size = checkImageSize(numbers[0], numbers[1]);
  if (!size) return fail(size.error());
  return PnmHeader{*size, bytes[1] == '5' ? 1 : 3, static_cast<int>(numbers[2]), at + 1};
}

Result<Image> pixelsOf(std::string_view bytes, const PnmHeader& header) {
  const std::size_t each = header.greatest > 255 ? 2 : 1;
  const std::string_view values = bytes.substr(header.pixels);
  const std::size_t wanted =
      static_cast<std::size_t>(header.size.width) * header.size.height * header.channels * each;
  if (values.size() < wanted) return badPnm("the file ends early");
  Image image(header.size.width, header.size.height, header.channels);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<std::uint8_t>(values[i * each]);
  }
  return image;
}

}  // namespace

bool isPnm(std::string_view bytes) {
  return bytes.size() >= 3 && bytes[0] == 'P' && (bytes[1] == '5' || bytes[1] == '6') &&
         (isSpace(bytes[2]) || bytes[2] == '#');
}

Result<ImageSize> pnmSize(std::string_view bytes) {
  return headerOf(bytes).map([](const PnmHeader& header) { return header.size; });
}

Result<Image> decodePnm(std::string_view bytes) {
  const Result<PnmHeader> header = headerOf(bytes);
  if (!header) return fail(header.error());
  if (header->greatest != 255 && header->greatest != 65535) {
    return fail(ErrorCode::unsupported, "a PGM or PPM whose greatest value is " +
                                            std::to_string(header->greatest) +
                                            "; as an image 255 and 65535 are taken");
  }
  return pixelsOf(bytes, *header);
}

Result<Image> decodePnmLabels(std::string_view bytes) {
  const Result<PnmHeader> header = headerOf(bytes);
  if (!header) return fail(header.error());
  if (header->greatest > 255) {
    return fail(ErrorCode::unsupported, "a mask as PGM of 16 bits; save it as PNG");
  }
  return pixelsOf(bytes, *header);
}

}  // namespace limbus
