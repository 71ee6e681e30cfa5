// Writes a small archive for the scripts that test verify and describe: write_archive FOLDER
#include "tests/archive/archive_fixture.hpp"

int main(int argc, char** argv)
{
  using namespace tarifa::testing;
  if (argc != 2)
  {
    return 2;
  }
  std::filesystem::path const archive = argv[1];
  write_vintage(
      archive, "trade", "2024-01",
      {random_partition("2019", 7000, 1), random_partition("2020", 250, 2), random_partition("2021", 0, 3)},
      100);
  write_vintage(archive, "trade", "2024-02", {random_partition("2021", 300, 4)}, 100);
  write_vintage(archive, "declarations", "2024-01", {random_partition("2020", 123, 5)}, 50);
  write_vintage(archive, "revised", "2024-01", {random_partition("2019", 7000, 6)}, 100);
  write_vintage(archive, "revised", "2024-02", {random_partition("2019", 20, 7)}, 100);
  write_vintage(archive, "revised", "2024-03", {random_partition("2021", 10, 8)}, 100);
  supersede(archive, "revised", "2024-02", "2019", {{"2024-01", 0, {5, 6399}}, {"2024-01", 1, {0, 1, 2}}});
  supersede(archive, "revised", "2024-03", "2019", {{"2024-01", 0, {6}}, {"2024-02", 0, {19}}});
  return 0;
}
