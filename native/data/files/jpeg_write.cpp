#include <csetjmp>
#include <cstdio>
#include <cstdlib>

#include "native/data/files/jpeg.h"
#ifdef LIMBUS_WITH_JPEG
#include <jpeglib.h>
#endif

namespace limbus {

#ifdef LIMBUS_WITH_JPEG

namespace {

// As in jpeg.cpp: what must survive libjpeg's jump lives in the frame of the caller.
struct JpegEncoder {
  jpeg_error_mgr errors = {};  // first: libjpeg hands back its address
  std::jmp_buf jump = {};
  jpeg_compress_struct jpeg = {};
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  std::string error = {};

  ~JpegEncoder() {
    jpeg_destroy_compress(&jpeg);
    std::free(bytes);
  }
};

[[noreturn]] void onEncodeError(j_common_ptr jpeg) {
  JpegEncoder& encoder = *reinterpret_cast<JpegEncoder*>(jpeg->err);
  char message[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, message);
  encoder.error = message;
  std::longjmp(encoder.jump, 1);
}

bool encodeInto(JpegEncoder& encoder, const Image& image, int quality) {
  jpeg_compress_struct& jpeg = encoder.jpeg;
  jpeg.err = jpeg_std_error(&encoder.errors);
  encoder.errors.error_exit = onEncodeError;
  if (setjmp(encoder.jump) != 0) return false;
  jpeg_create_compress(&jpeg);
  jpeg_mem_dest(&jpeg, &encoder.bytes, &encoder.size);
  jpeg.image_width = static_cast<JDIMENSION>(image.width);
  jpeg.image_height = static_cast<JDIMENSION>(image.height);
  jpeg.input_components = image.channels;
  jpeg.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(image.row(static_cast<int>(jpeg.next_scanline)));
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  return true;
}

}  // namespace

Result<std::string> encodeJpeg(const Image& image, int quality) {
  JpegEncoder encoder;
  if (!encodeInto(encoder, image, quality)) {
    return fail(ErrorCode::badData, "cannot write a JPEG: " + encoder.error);
  }
  return std::string(reinterpret_cast<const char*>(encoder.bytes), encoder.size);
}

#else

Result<std::string> encodeJpeg(const Image&, int) {
  return fail(
      ErrorCode::unsupported,
      "this build has no JPEG support; install libjpeg's development files and build again");
}

#endif

}  // namespace limbus
