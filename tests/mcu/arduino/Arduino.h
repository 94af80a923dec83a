/* What the sketch of a firmware asks of Arduino, on a board of QEMU: lines go to the host. */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <stdio.h>

struct SerialPort {
  void begin(unsigned long) {}
  void println(const char *line) { puts(line); }
  explicit operator bool() const { return true; }
};

extern SerialPort Serial;

void setup();
void loop();

#endif
