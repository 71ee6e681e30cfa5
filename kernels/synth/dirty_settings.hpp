#pragma once

namespace tarifa::kernels
{

/// How the declarations of a year are delivered when administrations deliver them as they do:
/// docs/methods/synthetic-dirty.md. Form first, then faults of content.
struct DirtySettings
{
  bool renamed_columns = true;  ///< names and order of the columns are those of the year's software
  bool local_encoding = true;   ///< Latin-1 until 2020, then UTF-8 with a byte-order mark; else UTF-8
  bool local_separator = true;  ///< semicolon and CR LF until 2020, then tab; else comma
  bool local_numbers = true;    ///< decimal and thousands marks of the country
  bool local_dates = true;      ///< day first until 2020, then month first; else YYYY-MM-DD
  bool lost_zeros = true;       ///< HS codes went through a spreadsheet until 2020

  double broken_share = 0.01;    ///< 0 .. 1 of the rows
  double repeated_share = 0.02;  ///< 0 .. 1 of the batches
  double amended_share = 0.03;   ///< 0 .. 1 of the rows
  double cut_off_share = 0.25;   ///< 0 .. 1 of the files of declarations
};

}  // namespace tarifa::kernels
