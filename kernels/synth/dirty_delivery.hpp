#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "kernels/synth/dirty_key.hpp"

namespace tarifa::kernels
{

class DeclarationMaker;

/// Texts of the two files, empty before.
struct DirtyTexts
{
  std::string& declarations;
  std::string& amendments;
};

/// Batches in which declarations are sent.
inline constexpr std::int64_t rows_per_batch = 128;

/// The declarations of a year as administrations deliver them. Used by all threads; a block of rows is a
/// function of (seed, settings, year, rows, its number).
class DirtyDelivery
{
 public:
  /// `maker` must outlive it and plant no faults of its own.
  DirtyDelivery(DeclarationMaker const& maker, DirtySettings const& settings);

  std::string header(DirtyFile file) const { return layout(file).header(); }
  /// Fills in what is delivered of rows first .. first + count - 1 of declarations-YYYY.csv, whole blocks of
  /// rows_per_block but for the last, and says in the key what is wrong with it.
  void make(std::int64_t first, std::int64_t count, DirtyTexts const& texts, DirtyKey& key) const;

 private:
  DirtyLayout const& layout(DirtyFile file) const
  {
    return file == DirtyFile::declarations ? declarations_ : amendments_;
  }
  void append_batches(std::int64_t first, std::span<std::string_view const> rows, std::string& text,
                      DirtyKey& key) const;
  void append_amendments(std::int64_t first, std::span<std::string_view const> rows, std::string& text,
                         DirtyKey& key) const;

  DeclarationMaker const& maker_;
  DirtySettings settings_;
  DirtyLayout declarations_, amendments_;
  bool is_cut_off_;
};

}  // namespace tarifa::kernels
