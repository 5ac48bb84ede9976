# OpenCV by its own package files, or by its headers and libraries: Debian puts the package files into
# libopencv-dev, which wants some hundred packages more than libopencv-{core,imgproc,imgcodecs}-dev.
# Gives the targets opencv_<component> and OpenCV_VERSION, as OpenCV's own files do.
set(modules core ${OpenCV_FIND_COMPONENTS})
list(REMOVE_DUPLICATES modules)
find_package(OpenCV CONFIG QUIET COMPONENTS core)
if(OpenCV_CONFIG AND OpenCV_FOUND)
  set(OpenCV_FOUND_BY OpenCV_CONFIG)
else()
  unset(OpenCV_DIR CACHE)
  find_path(OpenCV_INCLUDE_DIR opencv2/core/version.hpp PATH_SUFFIXES opencv4)
  set(OpenCV_FOUND_BY OpenCV_INCLUDE_DIR)
  if(OpenCV_INCLUDE_DIR)
    file(STRINGS ${OpenCV_INCLUDE_DIR}/opencv2/core/version.hpp numbers
         REGEX "^#define CV_VERSION_(MAJOR|MINOR|REVISION) +[0-9]+")
    string(REGEX REPLACE "[^0-9;]" "" numbers "${numbers}")
    string(REPLACE ";" "." OpenCV_VERSION "${numbers}")
  endif()
endif()

foreach(module IN LISTS modules)
  if(NOT TARGET opencv_${module} AND OpenCV_INCLUDE_DIR)
    find_library(OpenCV_${module}_LIBRARY opencv_${module})
    if(OpenCV_${module}_LIBRARY AND EXISTS ${OpenCV_INCLUDE_DIR}/opencv2/${module}.hpp)
      add_library(opencv_${module} SHARED IMPORTED GLOBAL)
      set_target_properties(opencv_${module} PROPERTIES
        IMPORTED_LOCATION ${OpenCV_${module}_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${OpenCV_INCLUDE_DIR})
    endif()
  endif()
  if(TARGET opencv_${module})
    set(OpenCV_${module}_FOUND TRUE)
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCV REQUIRED_VARS ${OpenCV_FOUND_BY} VERSION_VAR OpenCV_VERSION
                                  HANDLE_COMPONENTS)
