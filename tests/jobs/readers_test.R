# Sums and counts of every column, read by rhdf5 alone; the lines readers_test.py writes from the delivered CSV.
# usage: readers_test.R archive TABLE-FOLDER | readers_test.R result MIRROR.h5
suppressPackageStartupMessages(library(rhdf5))
suppressPackageStartupMessages(library(bit64))
arguments <- commandArgs(trailingOnly = TRUE)

whole <- function(x) format(x, scientific = FALSE, trim = TRUE)

# Quotient and remainder of 10^9, the remainder never below zero. Their sums are exact in doubles.
line_numbers <- function(name, values) {
  # bit64 gives one number, not none, for the remainder of an empty vector.
  if (length(values) == 0) { cat(sprintf("%s high 0\n%s low 0\n", name, name)); return(invisible()) }
  values <- as.integer64(values)
  low <- values %% 1000000000L
  below <- low < 0
  low[below] <- low[below] + as.integer64(1000000000)
  high <- (values - low) %/% as.integer64(1000000000)
  cat(sprintf("%s high %s\n%s low %s\n", name, whole(sum(as.double(high))), name, whole(sum(as.double(low)))), sep = "")
}

line_codes <- function(name, labels, values) {
  counts <- tabulate(as.integer(values) + 1L, length(labels))
  cat(sprintf("%s %s %d\n", name, labels[counts > 0], counts[counts > 0]), sep = "")
}

line_missing <- function(name, n) cat(sprintf("%s missing %d\n", name, n))

read <- function(file, path) {
  values <- h5read(file, path, bit64conversion = "bit64")
  if (is.character(values)) { Encoding(values) <- "UTF-8"; as.vector(values) } else { dim(values) <- NULL; values }
}

archive <- function(folder) {
  for (year in setdiff(list.files(folder), c("manifests", "rejects"))) {
    for (file in list.files(file.path(folder, year), "^part-.*h5$", recursive = TRUE, full.names = TRUE)) {
      items <- h5ls(file)
      of_group <- function(group) items$name[items$group == group]
      for (column in setdiff(of_group("/columns"), c("record_file", "record_offset"))) {
        name <- paste(year, basename(file), column)
        values <- read(file, paste0("/columns/", column))
        there <- rep(TRUE, length(values))
        if (column %in% of_group("/validity")) { there <- read(file, paste0("/validity/", column)) == 1 }
        line_missing(name, sum(!there))
        if (column %in% of_group("/dictionaries")) {
          line_codes(name, read(file, paste0("/dictionaries/", column)), values[there])
        } else {
          line_numbers(name, values[there])
        }
      }
    }
  }
}

result <- function(file) {
  items <- h5ls(file)
  of_group <- function(group) items$name[items$group == group]
  for (column in of_group("/cells")) {
    values <- read(file, paste0("/cells/", column))
    labels <- h5readAttributes(file, paste0("/cells/", column))$labels
    name <- paste("cells", column)
    if (is.double(values) && !is.integer64(values)) {
      line_missing(name, sum(is.nan(values)))
      next
    }
    line_missing(name, 0L)
    if (nchar(labels) > 0) {
      line_codes(name, read(file, paste0("/labels/", labels)), values)
    } else {
      line_numbers(name, values)
    }
  }
  for (table in c("by_exporter", "by_importer", "by_product", "by_period", "total")) {
    for (column in grep("_display$", of_group(paste0("/", table)), invert = TRUE, value = TRUE)) {
      if (column %in% c("exporter", "importer", "hs", "period", "all")) { next }
      values <- read(file, paste0("/", table, "/", column))
      line_missing(paste(table, column), 0L)
      line_numbers(paste(table, column), values)
    }
  }
}

invisible(Sys.setlocale("LC_CTYPE", "C.UTF-8"))
if (arguments[1] == "archive") archive(arguments[2]) else result(arguments[2])
