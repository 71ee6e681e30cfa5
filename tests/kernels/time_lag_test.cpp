#include "kernels/mirror/lag/time_lag.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "tests/kernels/monthly_trade.hpp"
#include "tests/kernels/reference_csv.hpp"
#include <gtest/gtest.h>

#include "kernels/mirror/lag/lag_fit.hpp"
#include "kernels/mirror/lag/lag_parts.hpp"
#include "kernels/statistics/apportion.hpp"
#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

double uniform(std::uint64_t record, std::uint64_t purpose)
{
  return (static_cast<double>(Draws(stream_key(11, 1), record).bits(purpose) >> 11) + 0.5) * 0x1p-53;
}

double normal(std::uint64_t record, std::uint64_t purpose)
{
  return std::sqrt(-2 * std::log(uniform(record, 2 * purpose)))
         * std::cos(6.283185307179586 * uniform(record, 2 * purpose + 1));
}

/// Flows as columns that a FlowBlock looks at.
struct Flows
{
  std::vector<std::int32_t> exporter, importer, product, period, stratum;
  std::vector<double> exported, imported, exported_kg, imported_kg;

  void add(std::int32_t from, std::int32_t to, std::int32_t code, std::int32_t when, double x, double m)
  {
    exporter.push_back(from);
    importer.push_back(to);
    product.push_back(code);
    period.push_back(when);
    exported.push_back(x);
    imported.push_back(m);
    exported_kg.push_back(x);
    imported_kg.push_back(m);
  }
  std::size_t size() const { return exporter.size(); }
  FlowBlock block(std::size_t from, std::size_t to) const
  {
    auto const part = [&](auto const& column) { return std::span(column).subspan(from, to - from); };
    return {part(exporter), part(importer), part(product),     part(period),
            part(exported), part(imported), part(exported_kg), part(imported_kg)};
  }
};

std::vector<double> const planted_near{0, 0, 0.7, 0.3, 0, 0, 0, 0, 0};
std::vector<double> const planted_far{0, 0, 0.2, 0.5, 0.2, 0.1, 0, 0, 0};

/// `pairs` series of ten years in two strata, the far one with `planted_far`; the importer errs by a spread
/// of 0.3, the exporter by `exporter_error`, and the importer counts freight.
Flows planted_flows(std::int32_t pairs, double exporter_error)
{
  constexpr std::int32_t months = 120;
  Flows flows;
  for (std::int32_t pair = 0; pair < pairs; ++pair)
  {
    auto const record = static_cast<std::uint64_t>(pair);
    std::vector<double> const& share = pair % 2 == 0 ? planted_near : planted_far;
    double const size = std::exp(3 * normal(record, 5000));
    std::vector<double> sent(months + 20);
    double drift = 0;
    for (std::size_t t = 0; t < sent.size(); ++t)
    {
      drift = 0.5 * drift + 0.6 * normal(record, t);
      sent[t] = size * std::exp(drift + 0.4 * std::sin(static_cast<double>(t) / 2));
    }
    for (std::int32_t month = 0; month < months; ++month)
    {
      auto const t = static_cast<std::size_t>(month) + 10;
      double arrived = 0;
      for (std::size_t k = 0; k < share.size(); ++k)
      {
        arrived += share[k] * sent[t + 2 - k];
      }
      flows.add(pair, pairs + pair, 1, (2010 + month / 12) * 100 + month % 12 + 1,
                sent[t] * std::exp(exporter_error * normal(record, 1000 + t)),
                1.1 * arrived * std::exp(0.3 * normal(record, 2000 + t)));
      flows.stratum.push_back(pair % 2);
    }
  }
  return flows;
}

/// Largest error of a share, and the mean square of errors over standard errors where goods were planted.
struct Found
{
  double worst = 0, square = 0;
};

Found find_planted(double exporter_error)
{
  LagSettings const settings;
  Flows const flows = planted_flows(400, exporter_error);
  LagMoments moments(settings, 3);
  moments.add(flows.block(0, flows.size()), flows.stratum);
  LagDistribution const found = moments.fit();
  Found result;
  int counted = 0;
  for (std::size_t stratum = 0; stratum < 2; ++stratum)
  {
    LagDistribution::Stratum const& one = found.strata[stratum];
    EXPECT_TRUE(one.own);
    EXPECT_EQ(one.series, 200);
    EXPECT_GT(one.explained, 0.3);
    EXPECT_NEAR(one.mean_lag, stratum == 0 ? 0.3 : 1.2, 0.05);
    EXPECT_NEAR(std::accumulate(one.share.begin(), one.share.end(), 0.0), 1, 1e-14);
    std::vector<double> const& planted = stratum == 0 ? planted_near : planted_far;
    for (std::size_t k = 0; k < planted.size(); ++k)
    {
      EXPECT_GE(one.share[k], 0);
      result.worst = std::max(result.worst, std::abs(one.share[k] - planted[k]));
      double const z = (one.share[k] - planted[k]) / one.standard_error[k];
      result.square += planted[k] > 0 ? z * z : 0;
      counted += planted[k] > 0 ? 1 : 0;
    }
  }
  EXPECT_FALSE(found.strata[2].own);
  EXPECT_EQ(found.strata[2].share, found.all.share);
  result.square /= counted;
  return result;
}

TEST(TimeLag, finds_a_planted_distribution_with_honest_errors)
{
  Found const exact = find_planted(0);
  EXPECT_LT(exact.worst, 0.02);
  EXPECT_GT(exact.square, 0.1);
  EXPECT_LT(exact.square, 3);
}

/// Months are alike, so error in the exporter's months smears the shares: by a twentieth of the goods at an
/// error of a tenth, by a tenth at three tenths.
TEST(TimeLag, errors_of_the_exporter_smear_the_distribution_a_little)
{
  EXPECT_LT(find_planted(0.1).worst, 0.05);
  EXPECT_LT(find_planted(0.3).worst, 0.15);
}

TEST(TimeLag, does_not_depend_on_how_series_are_shared_or_ordered)
{
  LagSettings const settings;
  Flows const flows = planted_flows(60, 0.1);
  LagMoments whole(settings, 2);
  whole.add(flows.block(0, flows.size()), flows.stratum);
  LagMoments parts[3] = {{settings, 2}, {settings, 2}, {settings, 2}};
  constexpr std::size_t series = 120;
  for (std::size_t pair = 60; pair-- > 0;)
  {
    parts[pair % 3].add(flows.block(pair * series, (pair + 1) * series),
                        std::span(flows.stratum).subspan(pair * series, series));
  }
  std::vector<std::int64_t> digits = parts[2].to_digits();
  parts[1].add(parts[0]);
  std::vector<std::int64_t> const others = parts[1].to_digits();
  std::transform(digits.begin(), digits.end(), others.begin(), digits.begin(), std::plus<>());
  LagMoments joined(settings, 2);
  joined.set_digits(digits);
  for (std::size_t stratum = 0; stratum < 2; ++stratum)
  {
    EXPECT_EQ(joined.fit().strata[stratum].share, whole.fit().strata[stratum].share);
    EXPECT_EQ(joined.fit().strata[stratum].standard_error, whole.fit().strata[stratum].standard_error);
  }
  EXPECT_THROW(whole.add(flows.block(0, 1), std::vector<std::int32_t>{2}), std::invalid_argument);
}

TEST(TimeLag, no_series_arrive_at_once)
{
  LagMoments const nothing(LagSettings{}, 1);
  LagDistribution const found = nothing.fit();
  EXPECT_EQ(found.strata[0].share[2], 1);
  EXPECT_EQ(found.strata[0].mean_lag, 0);
  EXPECT_TRUE(std::isnan(found.strata[0].standard_error[2]));
}

TEST(NonNegativeLeastSquares, leaves_out_what_would_be_negative)
{
  // Free solution (2, -1); without the second term 3/2.
  std::vector<double> const gram{2, 1, 1, 1}, cross{3, 1};
  std::vector<double> const b = non_negative_least_squares(gram, cross);
  EXPECT_NEAR(b[0], 1.5, 1e-15);
  EXPECT_EQ(b[1], 0);
  std::vector<double> const free = non_negative_least_squares(gram, std::vector<double>{3, 2});
  EXPECT_NEAR(free[0], 1, 1e-14);
  EXPECT_NEAR(free[1], 1, 1e-14);
  EXPECT_EQ(non_negative_least_squares(gram, std::vector<double>{-1, -1}), (std::vector<double>{0, 0}));
}

TEST(TimeLag, shifted_arrivals_conserve_every_unit)
{
  std::vector<std::int64_t> const exported{100, 0, 7, 1'000'000'007, 3};
  std::vector<double> const share{0.1, 0.2, 0.3, 0.4};
  LagShift const shift = shift_arrivals(exported, lag_weights(share), -1, 12);
  EXPECT_EQ(std::accumulate(shift.part.begin(), shift.part.end(), std::int64_t{0}),
            shift.entered - shift.left);
  // By hand, a lag of exactly one period: what the last sends leaves, what came before is as its neighbour.
  LagShift const one =
      shift_arrivals(std::vector<std::int64_t>{10, 20, 50}, std::vector<std::int64_t>{0, 1}, 0, 1);
  EXPECT_EQ(one.part, (std::vector<std::int64_t>{0, -10, -30}));
  EXPECT_EQ(one.entered, 10);
  EXPECT_EQ(one.left, 50);
  // A season of two: what came in before the first was as in the second.
  LagShift const seasonal =
      shift_arrivals(std::vector<std::int64_t>{10, 20, 50}, std::vector<std::int64_t>{0, 1}, 0, 2);
  EXPECT_EQ(seasonal.part, (std::vector<std::int64_t>{10, -10, -30}));
  EXPECT_TRUE(shift_arrivals({}, lag_weights(share), -1, 12).part.empty());
}

TEST(LagParts, stand_at_the_flows_of_a_series_and_conserve_every_unit)
{
  Flows flows;
  // Nothing in February and April 2010; the next year is another series' business.
  flows.add(1, 2, 7, 201001, 100, 1);
  flows.add(1, 2, 7, 201003, 50, 1);
  flows.add(1, 2, 7, 201012, 10, 1);
  flows.add(1, 2, 7, 201101, 20, 1);
  flows.add(3, 2, 7, 201001, 100, 1);
  flows.stratum = {0, 0, 0, 0, -1};
  std::vector<std::int64_t> const exported{100, 50, 10, 20, 100};
  LagDistribution one_month;
  one_month.first_lag = 0;
  one_month.strata.push_back({{0, 1}, {0, 0}, 1, 0, 1, 0, 0, true});
  std::vector<std::int64_t> const parts =
      lag_parts(flows.block(0, flows.size()), exported, flows.stratum, one_month);
  // January's 100 arrive in February, which goes to March; March's 50 in April, likewise. What came in
  // January 2010 is taken to have left a year after December 2009, in December 2010: 10.
  EXPECT_EQ(parts, (std::vector<std::int64_t>{10 - 100, 100 + 50 - 50, -10, 10 - 20, 0}));
}

TEST(TimeLag, annual_shares_are_those_of_even_trade)
{
  std::vector<double> const shares = annual_lag_shares(std::vector<double>{0.12, 0, 0.4, 0.48}, -1);
  EXPECT_NEAR(shares[0], 0.01, 1e-15);
  EXPECT_NEAR(shares[2], 0.4 / 12 + 0.48 * 2 / 12, 1e-15);
  EXPECT_NEAR(shares[0] + shares[1] + shares[2], 1, 1e-15);
}

TEST(Apportion, parts_add_up_and_remainders_go_to_the_largest)
{
  std::vector<std::int64_t> parts(3);
  apportion(10, std::vector<std::int64_t>{1, 1, 1}, parts);
  EXPECT_EQ(parts, (std::vector<std::int64_t>{4, 3, 3}));
  apportion(-10, std::vector<std::int64_t>{1, 2, 3}, parts);
  EXPECT_EQ(parts, (std::vector<std::int64_t>{-2, -3, -5}));
  apportion(std::int64_t{1} << 62, std::vector<std::int64_t>{0, std::int64_t{1} << 61, 1}, parts);
  EXPECT_EQ(parts[0], 0);
  EXPECT_EQ(parts[1] + parts[2], std::int64_t{1} << 62);
  apportion(5, std::vector<std::int64_t>{0, 0, 0}, parts);
  EXPECT_EQ(parts, (std::vector<std::int64_t>{0, 0, 0}));
  EXPECT_EQ(whole_weights(std::vector<double>{1, 1, 0, 1}, 100), (std::vector<std::int64_t>{34, 33, 0, 33}));
  EXPECT_EQ(scaled(5, 1, 2), 2);
  EXPECT_EQ(scaled(-7, 1, 2), -4);
  EXPECT_EQ(scaled(std::int64_t{1} << 60, 6, 4), 3 * (std::int64_t{1} << 59));
}

/// All pairs and products of the monthly reference file with sixty months in common, in the order of the
/// published table.
Flows reference_flows()
{
  struct Row
  {
    std::int32_t exporter, importer, product, period;
    char flow;
    double kg;
  };
  std::vector<Row> rows;
  read_monthly_trade(
      [&](MonthlyRow const& row)
      {
        bool const is_export = row.flow == 'X';
        if (row.net_kg > 0)
        {
          rows.push_back({is_export ? row.reporter : row.partner, is_export ? row.partner : row.reporter,
                          row.product, row.period, row.flow, row.net_kg});
        }
      });
  std::sort(rows.begin(), rows.end(),
            [](Row const& a, Row const& b)
            {
              return std::tie(a.exporter, a.importer, a.product, a.period, a.flow)
                     < std::tie(b.exporter, b.importer, b.product, b.period, b.flow);
            });
  Flows flows;
  double const missing = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < rows.size(); ++i)
  {
    Row const& row = rows[i];
    bool const same = flows.size() > 0 && flows.exporter.back() == row.exporter
                      && flows.importer.back() == row.importer && flows.product.back() == row.product
                      && flows.period.back() == row.period;
    if (!same)
    {
      flows.add(row.exporter, row.importer, row.product, row.period, missing, missing);
    }
    (row.flow == 'X' ? flows.exported_kg : flows.imported_kg).back() = row.kg;
  }
  return flows;
}

TEST(TimeLag, best_lags_equal_the_reference_table)
{
  if (!has_reference())
  {
    GTEST_SKIP() << no_reference;
  }
  ReferenceCsv const reference("reference/mirror/lag_reference.csv");
  auto const lag = reference.numbers("best_lag"), best = reference.numbers("r_best"),
             unlagged = reference.numbers("r_lag0"), nx = reference.numbers("nx"),
             nm = reference.numbers("nm"), distance = reference.numbers("dist");
  Flows flows = reference_flows();
  LagSettings const settings;
  LagMoments moments(settings, distance_bands);
  std::size_t row = 0;
  double worst = 0;
  std::vector<double> sum(distance_bands), count(distance_bands);
  auto const visit = [&](std::size_t first, std::size_t /*last*/, MonthlySeries const& series)
  {
    if (series.common_months < 60)
    {
      return;
    }
    ASSERT_LT(row, reference.rows());
    ASSERT_EQ(country_number(reference.text("exp")[row]), flows.exporter[first]) << row;
    ASSERT_EQ(country_number(reference.text("imp")[row]), flows.importer[first]) << row;
    ASSERT_EQ(std::stoi(reference.text("cmd")[row]), flows.product[first]) << row;
    EXPECT_EQ(static_cast<double>(series.exported_months), nx[row]);
    EXPECT_EQ(static_cast<double>(series.imported_months), nm[row]);
    BestLag const found = best_lag(series, settings);
    EXPECT_EQ(found.lag, lag[row]) << row;
    worst = std::max({worst, std::abs(found.correlation - best[row]),
                      std::abs(found.correlation_unlagged - unlagged[row])});
    auto const band = static_cast<std::size_t>(distance_band(distance[row]));
    sum[band] += found.lag;
    ++count[band];
    auto const key =
        static_cast<std::uint64_t>(flows.exporter[first]) ^ static_cast<std::uint64_t>(flows.importer[first]);
    moments.add_series(series, band, key);
    ++row;
  };
  for_each_series(flows.block(0, flows.size()), Measure::net_weight, visit);
  EXPECT_EQ(row, reference.rows());
  EXPECT_LT(worst, 1e-12);
  LagDistribution const found = moments.fit();
  for (std::size_t band = 0; band + 1 < static_cast<std::size_t>(distance_bands); ++band)
  {
    LagDistribution::Stratum const& one = found.strata[band];
    std::printf(
        "band %zu: %lld series, mean lag %.2f (%.2f) months, by best lag %.2f, explained %.2f; shares", band,
        static_cast<long long>(one.series), one.mean_lag, one.mean_lag_error, sum[band] / count[band],
        one.explained);
    for (double const share : one.share)
    {
      std::printf(" %.2f", share);
    }
    std::printf("\n");
  }
  EXPECT_GT(found.strata[4].mean_lag, found.strata[0].mean_lag);
}

}  // namespace
}  // namespace tarifa::kernels
