/*
 * idset.c
 *	  A set of internal ids.
 *
 * The first few ids stand in a list: most statements show one pupil.  More of
 * them are kept as bitmaps.  Ids come from a sequence, so they lie close together:
 * a chunk of 65,536 takes 8 kB once one of them is in.  Adding costs a few
 * nanoseconds while ids stay within a chunk, and a hash probe when they jump.
 */
#include "idset.h"

#include "common/hashfn.h"
#include "port/pg_bitutils.h"

#define CHUNK_BITS 16
#define CHUNK_WORDS ((1 << CHUNK_BITS) / 64)

typedef struct Chunk
{
	int64 number;
	uint64 *words;
	char status;
} Chunk;

#define SH_PREFIX chunk
#define SH_ELEMENT_TYPE Chunk
#define SH_KEY_TYPE int64
#define SH_KEY number
#define SH_HASH_KEY(table, key) murmurhash32((uint32) (key) ^ (uint32) ((key) >> 32))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define FEW 16

struct IdSet
{
	MemoryContext context;
	int64 few[FEW];		/* all ids, until chunks is made */
	chunk_hash *chunks; /* NULL while there are few */
	int64 last_number;	/* the chunk added to last */
	uint64 *last_words;
	int64 count;
};

/* An empty set, which lives and dies with a memory context. */
IdSet *
make_idset(MemoryContext context)
{
	IdSet *set = MemoryContextAlloc(context, sizeof(IdSet));

	set->context = context;
	set->chunks = NULL;
	set->last_words = NULL;
	set->count = 0;
	return set;
}

/* Adds an id to the bitmaps. */
static void
add_to_chunk(IdSet *set, int64 id)
{
	int64 number = id >> CHUNK_BITS;
	int bit = id & ((1 << CHUNK_BITS) - 1);
	uint64 mask = UINT64CONST(1) << (bit & 63);
	uint64 *word;

	if (set->last_words == NULL || set->last_number != number)
	{
		bool found;
		Chunk *chunk = chunk_insert(set->chunks, number, &found);

		if (!found)
			chunk->words = MemoryContextAllocZero(set->context, sizeof(uint64) * CHUNK_WORDS);
		set->last_number = number;
		set->last_words = chunk->words;
	}
	word = &set->last_words[bit >> 6];
	if (!(*word & mask))
	{
		*word |= mask;
		set->count++;
	}
}

/* Adds an id; one that is in already changes nothing. */
void
add_id(IdSet *set, int64 id)
{
	int few = set->count;

	if (set->chunks != NULL)
	{
		add_to_chunk(set, id);
		return;
	}
	for (int i = 0; i < few; i++)
		if (set->few[i] == id)
			return;
	if (few < FEW)
	{
		set->few[set->count++] = id;
		return;
	}
	set->chunks = chunk_create(set->context, 8, NULL);
	set->count = 0;
	for (int i = 0; i < few; i++)
		add_to_chunk(set, set->few[i]);
	add_to_chunk(set, id);
}

/* Whether an id is in. */
bool
has_id(const IdSet *set, int64 id)
{
	Chunk *chunk;
	int bit = id & ((1 << CHUNK_BITS) - 1);

	if (set->chunks == NULL)
	{
		for (int i = 0; i < set->count; i++)
			if (set->few[i] == id)
				return true;
		return false;
	}
	chunk = chunk_lookup(set->chunks, id >> CHUNK_BITS);
	return chunk != NULL && (chunk->words[bit >> 6] & (UINT64CONST(1) << (bit & 63))) != 0;
}

/* How many ids are in. */
int64
count_ids(const IdSet *set)
{
	return set->count;
}

static int
compare_ids(const void *a, const void *b)
{
	int64 left = *(const int64 *) a, right = *(const int64 *) b;

	return left < right ? -1 : left > right;
}

/* All ids in ascending order, in the current memory context. */
int64 *
list_ids(const IdSet *set, int64 *count)
{
	int64 *ids = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int64) * (set->count + 1));
	chunk_iterator iterator;
	Chunk *chunk;

	*count = 0;
	if (set->chunks == NULL)
	{
		memcpy(ids, set->few, sizeof(int64) * set->count);
		*count = set->count;
		qsort(ids, *count, sizeof(int64), compare_ids);
		return ids;
	}
	chunk_start_iterate(set->chunks, &iterator);
	while ((chunk = chunk_iterate(set->chunks, &iterator)) != NULL)
		for (int i = 0; i < CHUNK_WORDS; i++)
			for (uint64 word = chunk->words[i]; word != 0; word &= word - 1)
				ids[(*count)++] = (chunk->number << CHUNK_BITS) + i * 64 + pg_rightmost_one_pos64(word);
	qsort(ids, *count, sizeof(int64), compare_ids);
	return ids;
}
