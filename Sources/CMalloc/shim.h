#ifndef PALANTIR_CMALLOC_SHIM_H
#define PALANTIR_CMALLOC_SHIM_H

/* glibc's own settings of malloc, which Swift's module of it leaves out. */
#if defined(__linux__)
#include <malloc.h>
#endif

#endif
