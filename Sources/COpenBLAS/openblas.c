#define _GNU_SOURCE
#include "COpenBLAS.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// What it maps as it starts and for the first product (175 MiB were seen), and some room for whoever loads it.
enum { address_space = 224 << 20 };

static const char *const name = "libopenblas.so.0";
static void *library;
static char problem[256];

static int has_address_space(void) {
    void *room = mmap(NULL, address_space, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) return 0;
    munmap(room, address_space);
    return 1;
}

// The same variables, and one that makes OpenBLAS compute on one thread; never freed, as somebody may still read it.
static char **one_thread(char **variables) {
    static char wanted[] = "OPENBLAS_NUM_THREADS=1";
    size_t count = 0, kept = 0, length = strlen("OPENBLAS_NUM_THREADS=");
    while (variables && variables[count]) count++;
    char **list = calloc(count + 2, sizeof *list);
    if (!list) return NULL;
    for (size_t i = 0; i < count; i++)
        if (strncmp(variables[i], wanted, length) != 0) list[kept++] = variables[i];
    list[kept] = wanted;
    return list;
}

static void load(void) {
    if (!has_address_space()) {
        snprintf(problem, sizeof problem, "%d MiB of address space are not free for it (ulimit -v)", address_space >> 20);
        return;
    }
    // It reads its number of threads from the environment as it is loaded. The list of variables is exchanged and not changed: other
    // threads may be reading it.
    char **before = environ, **with_threads = one_thread(before);
    if (with_threads) environ = with_threads;
    library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    environ = before;
    if (!library) snprintf(problem, sizeof problem, "%s", dlerror());
}

const char *openblas_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return library ? NULL : problem;
}

static void *function(const char *symbol) {
    const char *reason = openblas_load();
    void *found = reason ? NULL : dlsym(library, symbol);
    if (found) return found;
    fprintf(stderr, "autolora: OpenBLAS's %s cannot be called: %s\n", symbol, reason ? reason : dlerror());
    abort();
}

#define FORWARD(type, symbol, parameters, arguments) \
    type symbol parameters { \
        static type(*_Atomic target) parameters; \
        if (!target) target = (type(*) parameters)function(#symbol); \
        return target arguments; \
    }

FORWARD(char *, openblas_get_corename, (void), ())
FORWARD(char *, openblas_get_config, (void), ())
FORWARD(void, dpotrf_, (const char *uplo, const int *n, double *a, const int *lda, int *info, size_t length), (uplo, n, a, lda, info, length))
FORWARD(void, dpotri_, (const char *uplo, const int *n, double *a, const int *lda, int *info, size_t length), (uplo, n, a, lda, info, length))
FORWARD(
    void, dgeqrf_,
    (const int *m, const int *n, double *a, const int *lda, double *tau, double *work, const int *lwork, int *info),
    (m, n, a, lda, tau, work, lwork, info))
FORWARD(
    void, dorgqr_,
    (const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau, double *work, const int *lwork, int *info),
    (m, n, k, a, lda, tau, work, lwork, info))
FORWARD(
    void, dsyevr_,
    (const char *jobz, const char *range, const char *uplo, const int *n, double *a, const int *lda, const double *vl, const double *vu,
     const int *il, const int *iu, const double *abstol, int *m, double *w, double *z, const int *ldz, int *isuppz, double *work,
     const int *lwork, int *iwork, const int *liwork, int *info, size_t first, size_t second, size_t third),
    (jobz, range, uplo, n, a, lda, vl, vu, il, iu, abstol, m, w, z, ldz, isuppz, work, lwork, iwork, liwork, info, first, second, third))
FORWARD(
    void, dgesdd_,
    (const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s, double *u, const int *ldu, double *vt, const int *ldvt,
     double *work, const int *lwork, int *iwork, int *info, size_t length),
    (jobz, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork, iwork, info, length))
FORWARD(double, cblas_ddot, (const blasint n, const double *x, const blasint incx, const double *y, const blasint incy), (n, x, incx, y, incy))
FORWARD(
    void, cblas_dgemv,
    (const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE trans, const blasint m, const blasint n, const double alpha, const double *a,
     const blasint lda, const double *x, const blasint incx, const double beta, double *y, const blasint incy),
    (order, trans, m, n, alpha, a, lda, x, incx, beta, y, incy))
FORWARD(
    void, cblas_dgemm,
    (const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE transa, const enum CBLAS_TRANSPOSE transb, const blasint m, const blasint n,
     const blasint k, const double alpha, const double *a, const blasint lda, const double *b, const blasint ldb, const double beta, double *c,
     const blasint ldc),
    (order, transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc))
FORWARD(
    void, cblas_dtrsm,
    (const enum CBLAS_ORDER order, const enum CBLAS_SIDE side, const enum CBLAS_UPLO uplo, const enum CBLAS_TRANSPOSE transa,
     const enum CBLAS_DIAG diag, const blasint m, const blasint n, const double alpha, const double *a, const blasint lda, double *b,
     const blasint ldb),
    (order, side, uplo, transa, diag, m, n, alpha, a, lda, b, ldb))
