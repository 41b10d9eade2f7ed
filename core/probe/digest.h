/*
 * The two digests that probes need, by OpenSSL's EVP: the only file of the room that knows a crypto library.
 *
 * MD5 is what `digest` in the configuration is made of; a host in FIPS mode has none, and then md5_new() fails.
 */
#ifndef REGENT_PROBE_DIGEST_H
#define REGENT_PROBE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_MD5_LEN 16u
#define DIGEST_SHA256_LEN 32u

struct digest; /* a running digest */

/* Make the library read its configuration file and find its digests now, which takes milliseconds, rather than on the loop. */
void digest_prepare(void);
/* NULL: the library has no such digest, or no memory. */
struct digest *digest_md5_new(void);
struct digest *digest_sha256_new(void);
void digest_update(struct digest *d, const void *data, size_t len);
/* The result, and the end of d. False where any step failed: `out` is then zeroed. `len` is the digest's own length. */
bool digest_finish(struct digest *d, uint8_t *out, size_t len);
/* Without a result; NULL is fine. */
void digest_free(struct digest *d);
/* out holds 2 * len + 1 bytes. */
void digest_hex(const uint8_t *digest, size_t len, char *out);

#endif
