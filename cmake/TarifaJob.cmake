# tarifa_job(GROUP NAME SUMMARY): NAME.cpp holds make_NAME(); GROUP is the line of the help it stands on.
function(tarifa_job group name summary)
  string(REPLACE "-" "_" function_name ${name})
  set_property(GLOBAL APPEND PROPERTY tarifa_jobs ${function_name})
  set_property(GLOBAL APPEND_STRING PROPERTY tarifa_declarations "std::unique_ptr<Job> make_${function_name}();\n")
  set_property(GLOBAL APPEND_STRING PROPERTY tarifa_entries
               "    {\"${group}\", \"${name}\", \"${summary}\", &tarifa::jobs::make_${function_name}},\n")
endfunction()

function(tarifa_binary)
  get_property(jobs GLOBAL PROPERTY tarifa_jobs)
  get_property(declarations GLOBAL PROPERTY tarifa_declarations)
  get_property(entries GLOBAL PROPERTY tarifa_entries)
  configure_file(main.cpp.in main.cpp @ONLY)
  list(TRANSFORM jobs APPEND .cpp OUTPUT_VARIABLE sources)
  file(GLOB_RECURSE support CONFIGURE_DEPENDS support/*.cpp)  # what several jobs share
  list(APPEND sources ${support})
  add_executable(tarifa ${CMAKE_CURRENT_BINARY_DIR}/main.cpp ${sources})
  target_link_libraries(tarifa PRIVATE tarifa_pipeline tarifa_kernels)
endfunction()
