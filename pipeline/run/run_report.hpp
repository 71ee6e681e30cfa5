#pragma once

#include <string>
#include <string_view>

#include "pipeline/run/run_facts.hpp"

namespace tarifa
{

/// What a person and programs are told when a run begins and when it ends.
class RunReport
{
 public:
  /// [all] Says who runs where, and warns of threads without cores.
  RunReport(Run& run, std::string command, std::string_view seed);

  /// When the budgets of the ranks of a host are more than the host gives them.
  void warn_of_memory() const;
  /// [all] After the job: warnings of all ranks, the table, the last line, and the facts beside the result.
  void complete();
  /// The job ended with this fault. Not collective.
  void failed(Fault fault);

 private:
  Run& run_;
  std::string command_;
  Placement placement_;
  RunClock clock_;
};

}  // namespace tarifa
