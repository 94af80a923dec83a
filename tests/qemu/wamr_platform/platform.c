/* The functions of platform_api_vmcore.h for one thread, newlib's heap, and flash that is mapped. */

#include "platform_api_extension.h"
#include "platform_api_vmcore.h"

int bh_platform_init(void) { return 0; }
void bh_platform_destroy(void) {}

void *os_malloc(unsigned size) { return malloc(size); }
void *os_realloc(void *block, unsigned size) { return realloc(block, size); }
void os_free(void *block) { free(block); }

int os_vprintf(const char *format, va_list values) { return vprintf(format, values); }
int os_printf(const char *format, ...) {
  va_list values;
  va_start(values, format);
  const int written = os_vprintf(format, values);
  va_end(values);
  return written;
}

uint64 os_time_get_boot_microsecond(void) { return 0; }
korp_tid os_self_thread(void) { return 0; }
/* No limit is known; the module's own stack is checked by the runtime. */
uint8 *os_thread_get_stack_boundary(void) { return NULL; }

int os_mutex_init(korp_mutex *mutex) { return *mutex = 0; }
int os_mutex_destroy(korp_mutex *mutex) { return *mutex = 0; }
int os_mutex_lock(korp_mutex *mutex) { return *mutex = 0; }
int os_mutex_unlock(korp_mutex *mutex) { return *mutex = 0; }

/* Of code that is compiled ahead of time, which this platform has none of. */
void *os_mmap(void *hint, size_t size, int protection, int flags) { return NULL; }
void os_munmap(void *address, size_t size) {}
int os_mprotect(void *address, size_t size, int protection) { return -1; }
void os_dcache_flush(void) {}
