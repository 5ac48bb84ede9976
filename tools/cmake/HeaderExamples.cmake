# The examples of headers' opening comments compile: an object library of FRAMES with the examples of all
# headers under the folders put in (tools/header_examples). That none is left out is a test of its own.
#
#   limbus_header_examples(limbus_shared_examples examples/shared.cpp.in shared)
function(limbus_header_examples target frames)
  get_filename_component(frames ${frames} ABSOLUTE)
  set(headers)
  foreach(folder ${ARGN})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.h)
    list(APPEND headers ${found})
  endforeach()
  set(tool ${PROJECT_SOURCE_DIR}/tools/header_examples)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp)
  add_custom_command(OUTPUT ${out}
    COMMAND ${tool} ${frames} ${ARGN} > ${out} || true
    DEPENDS ${tool} ${frames} ${headers} VERBATIM)
  add_library(${target} OBJECT ${out})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
endfunction()
