execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
                OUTPUT_VARIABLE hash OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT hash)
  set(hash "unknown")
endif()
set(text "// Written by cmake/WriteVersion.cmake.
#include \"pipeline/run/version.hpp\"
namespace tarifa
{
BuildFacts build_facts() { return {\"${VERSION}\", \"${hash}\", \"${COMPILER}\", \"${FLAGS}\", \"${PURPOSE}\"}; }
}  // namespace tarifa
")
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "${text}" @ONLY)
