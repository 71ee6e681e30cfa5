#pragma once

#include <string>
#include <vector>

#include "jobs/support/report/summary.hpp"

namespace tarifa::jobs
{

enum class PageKind : std::uint8_t
{
  index,
  country,
  chapter,
  product,
};

struct ReportPage
{
  PageKind kind = PageKind::index;
  std::int64_t code = 0;  ///< country or product
  std::string file;       ///< name in the folder of the report
};

/// The index first, then countries, chapters and products, ascending.
std::vector<ReportPage> pages_of(ReportSummary const& summary);

/// A whole HTML file.
std::string html_of(ReportSummary const& summary, ReportPage const& page);

std::string country_file(ReportSummary const& summary, std::int64_t country);
std::string product_file(std::int64_t hs, int digits);

}  // namespace tarifa::jobs
