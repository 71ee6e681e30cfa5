// A binary like tarifa whose jobs end in every way a job can end.
#include <new>

#include "pipeline/run/job.hpp"

namespace tarifa::jobs
{
namespace
{

class TrialJob : public Job
{
 public:
  void declare(Options& options) override
  {
    options.section("trial");
    options.positional("words", words_, "anything");
  }

 private:
  std::vector<std::string> words_;
};

/// Says on standard output what it was handed.
class EchoJob final : public TrialJob
{
 public:
  About about() const override
  {
    return {.purpose = "Prints its settings.",
            .example = "trial echo a b",
            .can_check = true,
            .uses_seed = false};
  }
  void run(Run& run) override
  {
    if (run.comm.is_root())
    {
      std::printf("threads %d check %d redo %d max-time %d memory %s\n", run.settings.threads,
                  run.settings.check, run.settings.redo,
                  static_cast<int>(run.settings.max_time.count() / 1000),
                  show_value(run.settings.memory).c_str());
    }
    run.log.count_warning("odd rows", run.comm.rank() + 1);
  }
};

class FailAloneJob final : public TrialJob
{
 public:
  void run(Run& run) override
  {
    require(run.comm.rank() != run.comm.size() - 1, Fault::storage, "the disk is gone");
    run.comm.barrier();
  }
};

class FailTogetherJob final : public TrialJob
{
 public:
  void run(Run& run) override
  {
    run.comm.all_or_none(
        "reading shards",
        [&] { require(run.comm.rank() != run.comm.size() - 1, Fault::data, "shard 7 is short"); });
  }
};

class NoMemoryJob final : public TrialJob
{
 public:
  void run(Run& run) override
  {
    run.comm.all_or_none("sorting", [] { throw std::bad_alloc(); });
  }
};

class UnbalancedJob final : public TrialJob
{
 public:
  void run(Run& run) override
  {
    run.comm.all_or_none("unbalanced", [] { throw Error(Fault::balance, "difference 3 rows"); });
  }
};

class StoppedJob final : public TrialJob
{
 public:
  void run(Run& run) override
  {
    run.comm.all_or_none("", [] { throw Error(Fault::stopped, "stopped after shard 3 of 9"); });
  }
};

template <class T>
std::unique_ptr<Job> make()
{
  return std::make_unique<T>();
}

}  // namespace
}  // namespace tarifa::jobs

int main(int argc, char** argv)
{
  using namespace tarifa::jobs;
  static constexpr tarifa::JobEntry table[] = {
      {"good", "echo", "says what it was handed", &make<EchoJob>},
      {"bad", "fail-alone", "one rank fails outside all_or_none", &make<FailAloneJob>},
      {"bad", "fail-together", "one rank fails inside all_or_none", &make<FailTogetherJob>},
      {"bad", "no-memory", "every rank runs out of memory", &make<NoMemoryJob>},
      {"bad", "unbalanced", "the balance sheet does not add up", &make<UnbalancedJob>},
      {"bad", "stopped", "stops at a checkpoint", &make<StoppedJob>},
  };
  return tarifa::run_tarifa(argc, argv, std::begin(table), std::end(table));
}
