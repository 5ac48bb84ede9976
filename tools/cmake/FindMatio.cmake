# Matio::Matio, for which CMake has no module of its own.
include(HeaderAndLibrary)
find_header_and_library(Matio matio.h matio)
