/* What WAMR asks of a platform (core/shared/platform/README.md), for a board with newlib and one thread. */
#ifndef _PLATFORM_INTERNAL_H
#define _PLATFORM_INTERNAL_H

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BH_APPLET_PRESERVED_STACK_SIZE 2048
#define BH_THREAD_DEFAULT_PRIORITY 0

/* There is one thread, and nothing to lock it out of. */
typedef int korp_tid;
typedef int korp_thread;
typedef int korp_mutex;
typedef int korp_cond;

#endif
