# LibZip::LibZip. libzip's own configuration asks for its command line tools, which Debian packs elsewhere.
include(HeaderAndLibrary)
find_header_and_library(LibZip zip.h zip)
