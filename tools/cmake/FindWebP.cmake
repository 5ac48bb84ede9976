# WebP::WebP. Its own configuration is not in every distribution's package.
include(HeaderAndLibrary)
find_header_and_library(WebP webp/decode.h webp)
