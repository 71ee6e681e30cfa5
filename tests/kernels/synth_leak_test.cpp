// What can be learned from declarations, and what must not: docs/methods/synthetic-declarations.md.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "tests/kernels/small_booster.hpp"
#include <gtest/gtest.h>

#include "kernels/synth/declaration_maker.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr std::int64_t rows_of_year = 49152;

/// Two years of one administration.
struct Years
{
  World world{11};
  Actors actors;
  DeclarationMaker first, second;

  explicit Years(Persistence persistence)
      : actors(world, {1500, 1, persistence})
      , first(world, actors, {2020, rows_of_year, 0}, FraudSettings{})
      , second(world, actors, {2021, rows_of_year, 0}, FraudSettings{})
  {
  }
};

std::vector<std::uint8_t> labels_of(DeclarationTruth const& truth)
{
  std::vector<std::uint8_t> labels;
  for (std::int8_t const mechanism : truth.mechanism)
  {
    labels.push_back(mechanism > 0 ? 1 : 0);
  }
  return labels;
}

/// Hash of every cell of the declarations and of their taxes, column by column.
struct Cells
{
  std::vector<std::string> names;
  std::vector<std::vector<std::uint64_t>> columns;
  std::vector<std::uint8_t> labels;
};

void add_table(Cells& cells, std::string_view header, std::string_view text)
{
  std::size_t const before = cells.names.size();
  for (std::size_t begin = 0; begin < header.size(); begin = header.find_first_of(",\n", begin) + 1)
  {
    cells.names.emplace_back(header.substr(begin, header.find_first_of(",\n", begin) - begin));
  }
  cells.columns.resize(cells.names.size());
  std::size_t column = before;
  std::uint64_t hash = 0;
  for (char const c : text)
  {
    if (c != ',' && c != '\n')
    {
      hash = mix64(hash + static_cast<unsigned char>(c) + 1);
      continue;
    }
    cells.columns[column].push_back(hash);
    hash = 0;
    column = c == '\n' ? before : column + 1;
  }
}

Cells cells_of(DeclarationMaker const& maker)
{
  std::string rows, taxes;
  DeclarationTruth truth;
  append_declarations(maker, 0, rows_of_year, {&rows, &taxes, &truth});
  Cells cells;
  add_table(cells, declarations_header(), rows);
  add_table(cells, item_taxes_header(), taxes);
  cells.labels = labels_of(truth);
  return cells;
}

/// AUC on the second year of the smoothed rate that a tuple of columns had in the first. Tuples share a slot
/// of the table when their hashes do, which only blurs what is rare anyway.
class LookUp
{
 public:
  LookUp(Cells const& first, Cells const& second) : first_(first), second_(second), table_(slots) {}

  double auc(std::vector<std::size_t> const& columns)
  {
    std::fill(table_.begin(), table_.end(), Slot{});
    for (std::size_t r = 0; r < first_.labels.size(); ++r)
    {
      Slot& slot = table_[key(first_, columns, r)];
      ++slot.rows;
      slot.frauds += first_.labels[r];
    }
    // Rows with the same counts tie: they are ranked as one.
    std::array<std::int64_t, levels> positive{}, negative{};
    for (std::size_t r = 0; r < second_.labels.size(); ++r)
    {
      Slot const& slot = table_[key(second_, columns, r)];
      double const rate = (slot.frauds + 10 * base) / (slot.rows + 10.0);
      auto const level = std::min(levels - 1, static_cast<std::size_t>(rate * levels));
      ++(second_.labels[r] != 0 ? positive : negative)[level];
    }
    double below = 0, pairs = 0, positives = 0;
    for (std::size_t level = 0; level < levels; ++level)
    {
      pairs += static_cast<double>(positive[level]) * (below + static_cast<double>(negative[level]) / 2);
      below += static_cast<double>(negative[level]);
      positives += static_cast<double>(positive[level]);
    }
    return pairs / (positives * below);
  }

 private:
  static constexpr std::size_t slots = std::size_t{1} << 17U, levels = 4096;
  static constexpr double base = 0.04;
  struct Slot
  {
    std::int32_t rows = 0, frauds = 0;
  };

  static std::size_t key(Cells const& cells, std::vector<std::size_t> const& columns, std::size_t row)
  {
    std::uint64_t hash = 0;
    for (std::size_t const column : columns)
    {
      hash = (hash ^ cells.columns[column][row]) * 0x9e3779b97f4a7c15U;
      hash ^= hash >> 29U;
    }
    return hash & (slots - 1);
  }

  Cells const& first_;
  Cells const& second_;
  std::vector<Slot> table_;
};

/// Columns a look-up may use: not the date, the number and the year, which never come again.
std::vector<std::size_t> columns_of(Cells const& cells)
{
  std::vector<std::size_t> columns;
  for (std::size_t c = 0; c < cells.names.size(); ++c)
  {
    std::string const& name = cells.names[c];
    bool const again =
        std::find(cells.names.begin(), cells.names.begin() + static_cast<std::ptrdiff_t>(c), name)
        != cells.names.begin() + static_cast<std::ptrdiff_t>(c);
    if (!again && name != "declaration_id" && name != "date" && name != "year")
    {
      columns.push_back(c);
    }
  }
  return columns;
}

/// Whether most cells of the second year were there in the first: else a look-up knows nothing with them.
bool comes_again(Cells const& first, Cells const& second, std::size_t column)
{
  std::unordered_set<std::uint64_t> const known(first.columns[column].begin(), first.columns[column].end());
  auto const seen = std::count_if(second.columns[column].begin(), second.columns[column].end(),
                                  [&](std::uint64_t cell) { return known.contains(cell); });
  return 2 * seen > rows_of_year;
}

std::string name_of(Cells const& cells, std::vector<std::size_t> const& columns)
{
  std::string name;
  for (std::size_t const column : columns)
  {
    name += (name.empty() ? "" : " x ") + cells.names[column];
  }
  return name;
}

TEST(Leak, WithoutPersistenceNoTupleOfDeclaredColumnsTellsOfTheNextYear)
{
  Years const years(Persistence::off);
  Cells const first = cells_of(years.first), second = cells_of(years.second);
  LookUp look_up(first, second);
  std::pair<double, std::string> most{0, ""};
  auto const look = [&](std::vector<std::size_t> const& tuple)
  {
    double const found = look_up.auc(tuple);
    if (found > most.first)
    {
      most = {found, name_of(first, tuple)};
    }
  };
  std::vector<std::size_t> repeating;
  for (std::size_t const column : columns_of(first))
  {
    look({column});
    if (comes_again(first, second, column))
    {
      repeating.push_back(column);
    }
  }
  EXPECT_GE(repeating.size(), 15U);
  for (std::size_t i = 0; i < repeating.size(); ++i)
  {
    for (std::size_t j = i + 1; j < repeating.size(); ++j)
    {
      look({repeating[i], repeating[j]});
      for (std::size_t k = j + 1; k < repeating.size(); ++k)
      {
        look({repeating[i], repeating[j], repeating[k]});
      }
    }
  }
  EXPECT_LT(most.first, 0.60) << most.second;
  RecordProperty("most", most.second + " " + std::to_string(most.first));
}

TEST(Leak, WithPersistenceTheImporterDoes)
{
  Years const years(Persistence::on);
  Cells const first = cells_of(years.first), second = cells_of(years.second);
  auto const importer = std::find(first.names.begin(), first.names.end(), "importer") - first.names.begin();
  EXPECT_GT(LookUp(first, second).auc({static_cast<std::size_t>(importer)}), 0.65);
}

/// Means and counts of the first year.
struct Group
{
  double sum = 0, count = 0;
  double mean(double otherwise, double weight) const { return (sum + otherwise * weight) / (count + weight); }
};

/// What somebody who knows the first year can say of a row, without the truth of the second.
class Features
{
 public:
  /// Columns of a year. While `learning`, a row only knows the rows before it.
  std::vector<std::vector<float>> columns(bool learning, DeclarationMaker const& maker,
                                          std::vector<std::uint8_t>& labels)
  {
    std::vector<std::vector<float>> columns;
    Span span;
    for (std::int64_t k = 0; k * rows_per_span < rows_of_year; ++k)
    {
      maker.make(k, span);
      for (int d = 0; d < span.count; ++d)
      {
        Declaration const& declaration = span.declarations[static_cast<std::size_t>(d)];
        for (int i = 0; i < declaration.count; ++i)
        {
          Item const& item = declaration.items[static_cast<std::size_t>(i)];
          std::vector<double> const row = features(maker, declaration, item);
          columns.resize(row.size());
          for (std::size_t c = 0; c < row.size(); ++c)
          {
            columns[c].push_back(static_cast<float>(row[c]));
          }
          bool const fraud = item.mechanism != Mechanism::none;
          labels.push_back(fraud ? 1 : 0);
          if (learning)
          {
            learn(declaration, item, fraud);
          }
        }
      }
    }
    return columns;
  }

 private:
  static double ratio(std::int64_t a, std::int64_t b)
  {
    return std::log2(static_cast<double>(a + 1) / static_cast<double>(b + 1));
  }

  std::vector<double> features(DeclarationMaker const& maker, Declaration const& declaration,
                               Item const& item)
  {
    Head const& head = declaration.head;
    Goods const& goods = item.declared;
    double const price = ratio(goods.customs_value(), goods.net);
    double const per_kg = ratio(goods.quantity, goods.net);
    Group const& product = prices_[goods.product];
    double const usual = product.mean(price, 0.5);
    double const of_origin = prices_[key(goods.product, goods.origin)].mean(usual, 3);
    double const of_importer = prices_[key(head.importer.number, goods.product)].mean(of_origin, 2);
    auto const rate = [&](std::uint64_t who) { return rates_[who].mean(0.04, 10); };
    auto const count = [&](std::uint64_t who) { return std::log2(1 + rates_[who].count); };
    std::uint64_t const importer = key(1, head.importer.number), exporter = key(2, head.exporter);
    std::uint64_t const day =
        key(key(9, head.importer.number), static_cast<std::uint64_t>(maker.absolute(head.day)));
    DutyLine const& line = maker.tariff().line(head.reporter, goods.product, head.month);
    return {price - of_origin,
            price - usual,
            price - of_importer,
            per_kg - units_[goods.product].mean(per_kg, 0.5),
            ratio(goods.net, goods.gross),
            ratio(goods.freight, goods.customs_value()),
            ratio(goods.customs_value(), 100),
            ratio(goods.net, 100),
            static_cast<double>(line.rate(head.month)),
            static_cast<double>(item.agreement_claimed),
            static_cast<double>(declaration.relief),
            static_cast<double>(head.transport),
            static_cast<double>(head.dispatch == goods.origin),
            static_cast<double>(declaration.count),
            rate(importer),
            count(importer),
            rate(exporter),
            count(exporter),
            rate(key(3, head.declarant)),
            rate(key(4, goods.product)),
            rate(key(5, goods.origin)),
            rate(key(6, head.office)),
            rate(key(importer, goods.product)),
            static_cast<double>(++today_[day])};
  }

  void learn(Declaration const& declaration, Item const& item, bool fraud)
  {
    Head const& head = declaration.head;
    Goods const& goods = item.declared;
    double const price = ratio(goods.customs_value(), goods.net);
    auto const add = [](Group& group, double value)
    {
      group.sum += value;
      group.count += 1;
    };
    add(prices_[goods.product], price);
    add(prices_[key(goods.product, goods.origin)], price);
    add(prices_[key(head.importer.number, goods.product)], price);
    add(units_[goods.product], ratio(goods.quantity, goods.net));
    std::uint64_t const importer = key(1, head.importer.number);
    for (std::uint64_t const who :
         {importer, key(2, head.exporter), key(3, head.declarant), key(4, goods.product),
          key(5, goods.origin), key(6, head.office), key(importer, goods.product)})
    {
      add(rates_[who], fraud ? 1 : 0);
    }
  }

  static std::uint64_t key(std::uint64_t a, std::uint64_t b) { return mix64(mix64(a + 1) + b); }

  std::unordered_map<std::uint64_t, Group> prices_, units_, rates_;
  std::unordered_map<std::uint64_t, int> today_;
};

/// Truth of the second year, row by row.
struct Known
{
  std::vector<double> probabilities;
  std::vector<std::uint8_t> labels;
};

Known known_of(DeclarationMaker const& maker)
{
  DeclarationTruth truth;
  append_declarations(maker, 0, rows_of_year, {nullptr, nullptr, &truth});
  return {truth.fraud_probability, labels_of(truth)};
}

double learned(Years const& years)
{
  Features features;
  std::vector<std::uint8_t> known, asked;
  auto const first = features.columns(true, years.first, known);
  auto const second = features.columns(false, years.second, asked);
  return testing::auc(testing::SmallBooster(first, known, {}).scores(second), asked);
}

TEST(Leak, ABoostedTreeLearnsSomethingAndNotAll)
{
  Years const years(Persistence::on);
  double const found = learned(years);
  EXPECT_GT(found, 0.75);
  EXPECT_LT(found, 0.92);
  RecordProperty("auc", std::to_string(found));
}

TEST(Leak, TheProbabilityInTheTruthIsThatOfTheLabels)
{
  Years const years(Persistence::on);
  Known const known = known_of(years.second);
  double const n = static_cast<double>(known.labels.size());
  double const rate = std::accumulate(known.labels.begin(), known.labels.end(), 0.0) / n;
  double const mean = std::accumulate(known.probabilities.begin(), known.probabilities.end(), 0.0) / n;
  EXPECT_GT(rate, 0.012);
  EXPECT_LT(rate, 0.082);
  EXPECT_NEAR(rate, mean, 0.15 * mean);
  EXPECT_GT(testing::auc(known.probabilities, known.labels), 0.8);
  // In ten bands of probability, what is said is what happens; items of a declaration go together, so that a
  // band has fewer independent rows than rows.
  std::vector<std::size_t> order(known.labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return known.probabilities[a] < known.probabilities[b]; });
  for (std::size_t band = 0; band < 10; ++band)
  {
    double said = 0, seen = 0;
    std::size_t const from = band * order.size() / 10, to = (band + 1) * order.size() / 10;
    for (std::size_t i = from; i < to; ++i)
    {
      said += known.probabilities[order[i]];
      seen += known.labels[order[i]];
    }
    EXPECT_NEAR(seen, said, 5 * std::sqrt(2 * said)) << band;
  }
}

}  // namespace
}  // namespace tarifa::kernels
