# cmake --build --preset release --target package: a Debian package and an archive of the command line.
# Wants dpkg-dev and file, for the packages that the program's libraries lie in.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/models/recipes DESTINATION share/limbus)
# In one file: of a package's documents small systems, such as Debian's images for containers, keep this one alone.
set(licences ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/THIRD_PARTY_LICENSES)
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${licences})
file(READ ${PROJECT_SOURCE_DIR}/LICENSE own_licence)
file(READ ${PROJECT_SOURCE_DIR}/THIRD_PARTY_LICENSES other_licences)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/copyright CONTENT "@own_licence@\n@other_licences@" @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/copyright ${PROJECT_SOURCE_DIR}/README.md
              ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/docs/recipe.md
        DESTINATION share/doc/limbus)

# Completion where Debian's shells look for it, printed by the program itself.
foreach(shell bash zsh)
  install(CODE "execute_process(COMMAND \"$<TARGET_FILE:limbus>\" completion ${shell}
    OUTPUT_FILE \"${PROJECT_BINARY_DIR}/completion.${shell}\" COMMAND_ERROR_IS_FATAL ANY)")
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/completion.bash RENAME limbus
        DESTINATION share/bash-completion/completions)
install(FILES ${PROJECT_BINARY_DIR}/completion.zsh RENAME _limbus
        DESTINATION share/zsh/vendor-completions)

# Folders that install() makes are as closed as the umask wants them, and so would be the system's.
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/tools/cmake/package_modes.cmake)
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "Limbus contributors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "trainer of tiny segmentation networks for web pages")
set(CPACK_PACKAGE_DESCRIPTION
"Trains tiny semantic-segmentation networks with LibTorch and exports each as one .onnx file,
its manifest inside, that runs in a web page on images that never leave the browser.
Renders near-eye images with exact masks to train on.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS libopenblas0-pthread)
include(CPack)
