/*
 * The digests of digest.h. An error is sticky and told once, by digest_finish().
 */
#include "config.h"

#include "core/probe/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct digest {
	EVP_MD_CTX *ctx;
	bool bad;
};

static struct digest *digest_new(const EVP_MD *md)
{
	struct digest *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->ctx = EVP_MD_CTX_new();
	if (!d->ctx || EVP_DigestInit_ex(d->ctx, md, NULL) != 1) {
		digest_free(d);
		return NULL;
	}
	return d;
}

void digest_prepare(void)
{
	digest_free(digest_md5_new());
	digest_free(digest_sha256_new());
}

struct digest *digest_md5_new(void)
{
	return digest_new(EVP_md5());
}

struct digest *digest_sha256_new(void)
{
	return digest_new(EVP_sha256());
}

void digest_update(struct digest *d, const void *data, size_t len)
{
	if (EVP_DigestUpdate(d->ctx, data, len) != 1)
		d->bad = true;
}

bool digest_finish(struct digest *d, uint8_t *out, size_t len)
{
	uint8_t all[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	bool ok = EVP_DigestFinal_ex(d->ctx, all, &n) == 1 && !d->bad && n == len;

	digest_free(d);
	memset(out, 0, len);
	if (ok)
		memcpy(out, all, len);
	return ok;
}

void digest_free(struct digest *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->ctx);
	free(d);
}

void digest_hex(const uint8_t *digest, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[2 * len] = '\0';
}
