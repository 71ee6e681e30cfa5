# Writes version.cpp at every build, so that the git hash in the binary is the one it was built from.
set(TARIFA_VERSION_SOURCE ${PROJECT_BINARY_DIR}/version.cpp)
add_custom_target(tarifa_version_source
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DOUTPUT=${TARIFA_VERSION_SOURCE}
          -DVERSION=${PROJECT_VERSION} -DPURPOSE=${PROJECT_DESCRIPTION} -DFLAGS=${CMAKE_BUILD_TYPE} -DCOMPILER=${CMAKE_CXX_COMPILER_ID}\ ${CMAKE_CXX_COMPILER_VERSION}
          -P ${PROJECT_SOURCE_DIR}/cmake/WriteVersion.cmake
  BYPRODUCTS ${TARIFA_VERSION_SOURCE} VERBATIM)
