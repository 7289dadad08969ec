#ifndef PALANTIR_CMALLOC_SHIM_H
#define PALANTIR_CMALLOC_SHIM_H

/* glibc's own settings of malloc, which Swift's module of it leaves out. */
#if defined(__linux__)
#include <malloc.h>

/* Bytes in use. Swift takes `mallinfo2()` for a structure of zeros where it sees both the structure and the function. */
static inline size_t palantir_bytes_in_use(void) {
    struct mallinfo2 state = mallinfo2();
    return state.uordblks + state.hblkhd;
}
#endif

#endif
