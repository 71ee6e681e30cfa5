# tarifa_test(FILE.cpp [RANKS 1 2 4] LINK target ...): one executable, one CTest entry per rank count.
function(tarifa_test file)
  cmake_parse_arguments(arg "" "TIMEOUT" "RANKS;LINK" ${ARGN})
  get_filename_component(name ${file} NAME_WE)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 30)
  endif()
  add_executable(${name} ${file})
  target_compile_definitions(${name} PRIVATE TARIFA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(NOT arg_RANKS)
    target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS serial)
    return()
  endif()
  target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/mpi_main.cpp)
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gtest)
  foreach(ranks ${arg_RANKS})
    add_test(NAME ${name}.${ranks}
             COMMAND ${MPIEXEC_EXECUTABLE} ${TARIFA_MPIEXEC_FLAGS} ${MPIEXEC_NUMPROC_FLAG} ${ranks} $<TARGET_FILE:${name}>)
    # A hang is the usual way an MPI test fails, so every one has a short limit.
    set_tests_properties(${name}.${ranks} PROPERTIES TIMEOUT ${arg_TIMEOUT} PROCESSORS ${ranks} LABELS mpi
                         ENVIRONMENT "OMP_NUM_THREADS=1")
  endforeach()
endfunction()

# tarifa_script_test(FILE [args ...]): an end-to-end script; exit 77 means skipped (data or tool absent).
function(tarifa_script_test file)
  cmake_parse_arguments(arg "" "TIMEOUT" "ARGS" ${ARGN})
  get_filename_component(name ${file} NAME_WE)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/${file} ${arg_ARGS})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} PROCESSORS 2 LABELS e2e SKIP_RETURN_CODE 77
    ENVIRONMENT "TARIFA=$<TARGET_FILE:tarifa>;MPIRUN=${MPIEXEC_EXECUTABLE} ${TARIFA_MPIEXEC_FLAGS};SHARED=${PROJECT_SOURCE_DIR}/../shared;SOURCE=${PROJECT_SOURCE_DIR};OMP_NUM_THREADS=1")
endfunction()
