// What becomes of a photo before the model sees it, step by step, as edgekit did when the model was trained.
// C++17, no dependencies. edgekit's tests compile it and hold it against Python's Pillow and numpy, to the bit. Pillow up to
// version 12 resizes across before it resizes down; version 13 chooses, and rounds between: then a few values differ by a
// step of 255, and `across_first` has the other order.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace edgekit {

// Pixels in 8 bits, row by row, red, green and blue each.
struct Photo {
  int width = 0, height = 0;
  std::vector<uint8_t> rgb;
};

// How the model is fed: the contract of its input. contract.h holds the numbers of this model.
struct Feeding {
  int width, height, channels;         // what the model takes
  double crop;                         // share of the middle that is cut out; 0: the photo is stretched
  std::string resize;                  // bilinear, nearest, bicubic, box, lanczos, mediapipe
  bool antialias;                      // whether bilinear covers all pixels when it shrinks
  bool bgr;                            // colours in the order blue, green, red
  double low, high;                    // what 0 and 255 become
  std::vector<double> mean, deviation; // taken off each channel then, and divided by; empty: nothing is
};

namespace detail {

inline double Triangle(double x) { return std::abs(x) < 1 ? 1 - std::abs(x) : 0; }
inline double Box(double x) { return x > -0.5 && x <= 0.5 ? 1 : 0; }
inline double Cubic(double x) {
  const double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}
inline double Sinc(double x) {
  if (x == 0) return 1;
  x *= M_PI;
  return std::sin(x) / x;
}
inline double Lanczos(double x) { return -3 <= x && x < 3 ? Sinc(x) * Sinc(x / 3) : 0; }

struct Filter {
  double (*weight)(double);
  double support;
};

inline Filter FilterOf(const std::string& name) {
  if (name == "bilinear") return {Triangle, 1};
  if (name == "box") return {Box, 0.5};
  if (name == "bicubic") return {Cubic, 2};
  if (name == "lanczos") return {Lanczos, 3};
  throw std::invalid_argument("no filter " + name);
}

// One pass of Pillow's resampling (Resample.c): weights in 22 bits behind the point, sums rounded to 8 bits.
// `stride` is the distance of neighbours along the axis, `lines` the number of rows across it.
inline std::vector<uint8_t> Pass(const std::vector<uint8_t>& from, int old_size, int new_size, int lines, bool rows,
                                 const Filter& filter) {
  const int bits = 22;
  const double scale = static_cast<double>(old_size) / new_size, wide = std::max(scale, 1.0);
  const double support = filter.support * wide;
  std::vector<uint8_t> to(static_cast<size_t>(new_size) * lines * 3);
  for (int at = 0; at < new_size; ++at) {
    const double centre = (at + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int last = std::min(old_size, static_cast<int>(centre + support + 0.5));
    std::vector<double> weights(last - first);
    double sum = 0;
    for (int i = first; i < last; ++i) sum += weights[i - first] = filter.weight((i - centre + 0.5) * (1.0 / wide));
    std::vector<int> fixed(weights.size());
    for (size_t i = 0; i < weights.size(); ++i) {
      const double whole = (sum != 0 ? weights[i] / sum : weights[i]) * (1 << bits);
      fixed[i] = static_cast<int>(whole < 0 ? whole - 0.5 : whole + 0.5);
    }
    for (int line = 0; line < lines; ++line) {
      for (int c = 0; c < 3; ++c) {
        int total = 1 << (bits - 1);
        for (int i = first; i < last; ++i) {
          const size_t place = rows ? (static_cast<size_t>(line) * old_size + i) : (static_cast<size_t>(i) * lines + line);
          total += from[place * 3 + c] * fixed[i - first];
        }
        const size_t place = rows ? (static_cast<size_t>(line) * new_size + at) : (static_cast<size_t>(at) * lines + line);
        to[place * 3 + c] = static_cast<uint8_t>(std::clamp(total >> bits, 0, 255));
      }
    }
  }
  return to;
}

// Where new pixels lie among old ones: by the centres of pixels, or, as MediaPipe, by whole numbers in 32nds.
inline std::vector<float> Grid(int old_size, int new_size, bool mediapipe) {
  std::vector<float> at(new_size);
  for (int i = 0; i < new_size; ++i) {
    const double place = mediapipe ? std::nearbyint(i * (32.0 * old_size / new_size)) / 32.0
                                   : (i + 0.5f) * static_cast<float>(static_cast<double>(old_size) / new_size) - 0.5f;
    at[i] = std::clamp(static_cast<float>(place), 0.0f, static_cast<float>(old_size - 1));
  }
  return at;
}

inline Photo FourPixels(const Photo& photo, int width, int height, bool mediapipe) {
  const auto down = Grid(photo.height, height, mediapipe), across = Grid(photo.width, width, mediapipe);
  Photo made{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3)};
  auto pixel = [&](int y, int x, int c) { return static_cast<float>(photo.rgb[(static_cast<size_t>(y) * photo.width + x) * 3 + c]); };
  for (int y = 0; y < height; ++y) {
    const int top = static_cast<int>(down[y]), bottom = std::min(top + 1, photo.height - 1);
    const float below = down[y] - top;
    for (int x = 0; x < width; ++x) {
      const int left = static_cast<int>(across[x]), right = std::min(left + 1, photo.width - 1);
      const float beside = across[x] - left;
      for (int c = 0; c < 3; ++c) {
        const float one = pixel(top, left, c) * (1 - below) + pixel(bottom, left, c) * below;
        const float other = pixel(top, right, c) * (1 - below) + pixel(bottom, right, c) * below;
        made.rgb[(static_cast<size_t>(y) * width + x) * 3 + c] = static_cast<uint8_t>(std::floor(one * (1 - beside) + other * beside + 0.5f));
      }
    }
  }
  return made;
}

inline Photo Nearest(const Photo& photo, int width, int height) {
  Photo made{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3)};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int from_y = std::min(photo.height - 1, static_cast<int>((y + 0.5) * (static_cast<double>(photo.height) / height)));
      const int from_x = std::min(photo.width - 1, static_cast<int>((x + 0.5) * (static_cast<double>(photo.width) / width)));
      for (int c = 0; c < 3; ++c)
        made.rgb[(static_cast<size_t>(y) * width + x) * 3 + c] = photo.rgb[(static_cast<size_t>(from_y) * photo.width + from_x) * 3 + c];
    }
  }
  return made;
}

inline Photo Cropped(const Photo& photo, const Feeding& how) {
  const double aspect = static_cast<double>(how.width) / how.height;
  const double wide = std::min<double>(photo.width, photo.height * aspect) * how.crop;
  const int across = std::max(1, static_cast<int>(std::nearbyint(wide)));
  const int down = std::max(1, static_cast<int>(std::nearbyint(wide / aspect)));
  const int left = (photo.width - across) / 2, top = (photo.height - down) / 2;
  Photo made{across, down, {}};
  for (int y = top; y < top + down; ++y) {
    const auto row = photo.rgb.begin() + (static_cast<size_t>(y) * photo.width + left) * 3;
    made.rgb.insert(made.rgb.end(), row, row + static_cast<size_t>(across) * 3);
  }
  return made;
}

}  // namespace detail

namespace detail {

inline void Resample(Photo& photo, int size, bool across, const Filter& filter) {
  int& old_size = across ? photo.width : photo.height;
  if (old_size == size) return;
  photo.rgb = Pass(photo.rgb, old_size, size, across ? photo.height : photo.width, across, filter);
  old_size = size;
}

}  // namespace detail

// Crops and resizes an upright photo.
inline Photo Fit(Photo photo, const Feeding& how, bool across_first = true) {
  if (how.crop > 0) photo = detail::Cropped(photo, how);
  if (photo.width == how.width && photo.height == how.height) return photo;
  if (how.resize == "mediapipe") return detail::FourPixels(photo, how.width, how.height, true);
  if (how.resize == "bilinear" && !how.antialias) return detail::FourPixels(photo, how.width, how.height, false);
  if (how.resize == "nearest") return detail::Nearest(photo, how.width, how.height);
  const auto filter = detail::FilterOf(how.resize);
  if (!across_first) detail::Resample(photo, how.height, false, filter);
  detail::Resample(photo, how.width, true, filter);
  detail::Resample(photo, how.height, false, filter);
  return photo;
}

// Returns what the model takes: height x width x channels floats.
inline std::vector<float> Prepare(const Photo& photo, const Feeding& how, bool across_first = true) {
  const Photo fitted = Fit(photo, how, across_first);
  const size_t pixels = static_cast<size_t>(how.width) * how.height;
  std::vector<float> made(pixels * how.channels);
  for (size_t i = 0; i < pixels; ++i) {
    for (int c = 0; c < how.channels; ++c) {
      const uint8_t* rgb = &fitted.rgb[i * 3];
      double value = how.channels == 1 ? std::nearbyint(0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2])
                                       : rgb[how.bgr ? 2 - c : c];
      value = how.low + value * ((how.high - how.low) / 255.0);
      if (!how.mean.empty()) value = (value - how.mean[c]) / how.deviation[c];
      made[i * how.channels + c] = static_cast<float>(value);
    }
  }
  return made;
}

}  // namespace edgekit
