#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/dirty_key.hpp"
#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{

/// What may be done to a record of a dirty delivery.
enum class DirtyFate : std::uint8_t
{
  any,
  last,     ///< of what is sent together: no record follows whose quote could end one left open
  cut_off,  ///< the last of its file, which ends within it
};

/// Appends the records of one file of a dirty delivery, sound or broken.
class DirtyWriter
{
 public:
  struct File
  {
    DirtyFile file;
    int year;  ///< of the declarations
    DirtyLayout const& layout;
    double broken_share;  ///< 0 .. 1
  };

  /// `text` is empty at first; broken records are appended to `broken`.
  DirtyWriter(World const& world, File const& file, std::string& text, std::vector<BrokenRecord>& broken);

  std::int64_t lines() const noexcept { return lines_; }
  std::int64_t bytes() const noexcept { return static_cast<std::int64_t>(text_.size()); }

  struct Added
  {
    DirtyPlace place;
    bool is_broken;
  };
  /// Appends what is delivered of a row of declarations-YYYY.csv, `clean`: version 1, or what an amendment
  /// made of it.
  Added add(std::int64_t row, std::string_view clean, Amendment const* amended, DirtyFate fate);

  /// Appends what was written at `place`, so many lines, once more; returns where.
  DirtyPlace repeat(DirtyPlace const& place, std::int64_t lines);

 private:
  void read(std::int64_t row, std::string_view clean, Amendment const* amended);
  DirtyFault fault_of(std::uint64_t bits, DirtyFate fate) const;
  std::int64_t line_end() const { return static_cast<std::int64_t>(file_.layout.line_end().size()); }
  Draws draws(std::int64_t row) const noexcept { return {stream_, static_cast<std::uint64_t>(row)}; }

  File file_;
  std::uint64_t stream_;
  std::string& text_;
  std::vector<BrokenRecord>& broken_;
  DirtyFields fields_;
  std::int64_t lines_ = 0;
  bool quote_is_open_ = false;  ///< in the record above
};

}  // namespace tarifa::kernels
