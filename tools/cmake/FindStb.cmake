# Stb::Stb. It comes without a configuration of its own.
find_path(Stb_INCLUDE_DIR stb/stb_image.h)
find_library(Stb_LIBRARY stb)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Stb DEFAULT_MSG Stb_LIBRARY Stb_INCLUDE_DIR)
mark_as_advanced(Stb_INCLUDE_DIR Stb_LIBRARY)
if(Stb_FOUND AND NOT TARGET Stb::Stb)
  add_library(Stb::Stb UNKNOWN IMPORTED)
  set_target_properties(Stb::Stb PROPERTIES IMPORTED_LOCATION ${Stb_LIBRARY}
                                              INTERFACE_INCLUDE_DIRECTORIES ${Stb_INCLUDE_DIR})
endif()
