# Stb::Stb. It comes without a configuration of its own.
include(HeaderAndLibrary)
find_header_and_library(Stb stb/stb_image.h stb)
