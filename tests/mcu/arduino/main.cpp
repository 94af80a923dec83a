/* Calls a sketch as Arduino does, but for the end. */
#include "Arduino.h"

SerialPort Serial;

int main() {
  setup();
  loop();
  return 0;
}
