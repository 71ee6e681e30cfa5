/// tarifa synth: a small synthetic world, written as the CSV files an administration would send.
#include "pipeline/run/job.hpp"

namespace tarifa::jobs
{
namespace
{

class SynthJob final : public Job
{
 public:
  void declare(Options& options) override { options.section("synth"); }
  void run(Run& /*run*/) override {}
};

}  // namespace

std::unique_ptr<Job> make_synth()
{
  return std::make_unique<SynthJob>();
}

}  // namespace tarifa::jobs
