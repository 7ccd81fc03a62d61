/*
 * protocol_diff.c
 *	  How two documents differ: leaf by leaf, each with its path.
 *
 * A leaf is a value that holds no other: a scalar, or an object or list that is
 * empty.  Keys come in the order of their bytes, items in that of the list.
 */
#include "json_reader.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* Where the differences go, and where the walk stands. */
typedef struct Difference
{
	ReturnSetInfo *result;
	StringInfoData path;
} Difference;

/* Whether a value holds others. */
static bool
holds_others(const JsonbValue *value)
{
	return value != NULL && value->type == jbvBinary && JsonContainerSize(value->val.binary.data) > 0;
}

/* Whether a value is an object, an empty one too. */
static bool
is_object(const JsonbValue *value)
{
	return value != NULL && value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data);
}

/* Whether two leaves are the same value. */
static bool
same_leaf(const JsonbValue *a, const JsonbValue *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type)
	{
		case jbvNull:
			return true;
		case jbvBool:
			return a->val.boolean == b->val.boolean;
		case jbvString:
			return a->val.string.len == b->val.string.len &&
				   memcmp(a->val.string.val, b->val.string.val, a->val.string.len) == 0;
		case jbvNumeric:
			return DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(a->val.numeric),
													NumericGetDatum(b->val.numeric)));
		default:
			return is_object(a) == is_object(b);
	}
}

/* Writes a row; a value that is not there is NULL. */
static void
write_difference(Difference *difference, JsonbValue *a, JsonbValue *b)
{
	JsonbValue *sides[] = {a, b};
	Datum values[3] = {CStringGetTextDatum(difference->path.data)};
	bool nulls[3] = {false};

	for (int i = 0; i < 2; i++)
	{
		nulls[i + 1] = sides[i] == NULL;
		if (sides[i] != NULL)
			values[i + 1] = JsonbPGetDatum(JsonbValueToJsonb(sides[i]));
	}
	tuplestore_putvalues(difference->result->setResult, difference->result->setDesc, values, nulls);
}

/* The keys of an object that is not empty, after those in the array. */
static void
add_keys(const JsonbValue *value, char **keys, int *count)
{
	JsonbIterator *iterator = JsonbIteratorInit(value->val.binary.data);
	JsonbIteratorToken token;
	JsonbValue key;

	while ((token = JsonbIteratorNext(&iterator, &key, true)) != WJB_DONE)
		if (token == WJB_KEY)
			keys[(*count)++] = pnstrdup(key.val.string.val, key.val.string.len);
}

/* Byte order, for qsort. */
static int
compare_keys(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* How many values a value holds. */
static int
size_of(const JsonbValue *value)
{
	return holds_others(value) ? (int) JsonContainerSize(value->val.binary.data) : 0;
}

static void walk(Difference *difference, JsonbValue *a, JsonbValue *b);

/* Walks two objects key by key; one of them may be missing. */
static void
walk_objects(Difference *difference, JsonbValue *a, JsonbValue *b)
{
	char **keys = palloc(sizeof(char *) * (size_of(a) + size_of(b)));
	int length = difference->path.len;
	int count = 0;

	if (holds_others(a))
		add_keys(a, keys, &count);
	if (holds_others(b))
		add_keys(b, keys, &count);
	qsort(keys, count, sizeof(char *), compare_keys);
	for (int i = 0; i < count; i++)
	{
		JsonbValue left, right;

		if (i > 0 && strcmp(keys[i - 1], keys[i]) == 0)
			continue;
		append_json_key(&difference->path, keys[i]);
		walk(difference,
			 holds_others(a)
				 ? getKeyJsonValueFromContainer(a->val.binary.data, keys[i], strlen(keys[i]), &left)
				 : NULL,
			 holds_others(b)
				 ? getKeyJsonValueFromContainer(b->val.binary.data, keys[i], strlen(keys[i]), &right)
				 : NULL);
		difference->path.len = length;
		difference->path.data[length] = '\0';
	}
}

/* Walks two lists item by item; one of them may be missing. */
static void
walk_lists(Difference *difference, JsonbValue *a, JsonbValue *b)
{
	int length = difference->path.len;

	for (int i = 0; i < Max(size_of(a), size_of(b)); i++)
	{
		appendStringInfo(&difference->path, "[%d]", i);
		walk(difference, i < size_of(a) ? getIthJsonbValueFromContainer(a->val.binary.data, i) : NULL,
			 i < size_of(b) ? getIthJsonbValueFromContainer(b->val.binary.data, i) : NULL);
		difference->path.len = length;
		difference->path.data[length] = '\0';
	}
}

/* Walks whatever of the values holds others, and has no counterpart of its kind. */
static void
walk_alone(Difference *difference, JsonbValue *a, JsonbValue *b)
{
	if (!holds_others(a == NULL ? b : a))
		write_difference(difference, a, b);
	else if (is_object(a == NULL ? b : a))
		walk_objects(difference, a, b);
	else
		walk_lists(difference, a, b);
}

/* Writes how two values differ; NULL: it is not there. */
static void
walk(Difference *difference, JsonbValue *a, JsonbValue *b)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (a == NULL || b == NULL)
		walk_alone(difference, a, b);
	else if (!holds_others(a) && !holds_others(b))
	{
		if (!same_leaf(a, b))
			write_difference(difference, a, b);
	}
	else if (holds_others(a) && holds_others(b) && is_object(a) == is_object(b))
	{
		if (is_object(a))
			walk_objects(difference, a, b);
		else
			walk_lists(difference, a, b);
	}
	else
	{
		walk_alone(difference, a, NULL);
		walk_alone(difference, NULL, b);
	}
}

/* The root of a document; a document may be a scalar, which stands in a list of its own. */
static JsonbValue *
root_of(Jsonb *document)
{
	JsonbValue *root = palloc0(sizeof(JsonbValue));

	if (JB_ROOT_IS_SCALAR(document))
		return getIthJsonbValueFromContainer(&document->root, 0);
	root->type = jbvBinary;
	root->val.binary.data = &document->root;
	root->val.binary.len = VARSIZE(document) - VARHDRSZ;
	return root;
}

/* protocol_diff(a, b). */
PG_FUNCTION_INFO_V1(protocol_diff);
Datum
protocol_diff(PG_FUNCTION_ARGS)
{
	Difference difference;

	InitMaterializedSRF(fcinfo, 0);
	difference.result = (ReturnSetInfo *) fcinfo->resultinfo;
	initStringInfo(&difference.path);
	appendStringInfoChar(&difference.path, '$');
	walk(&difference, root_of(PG_GETARG_JSONB_P(0)), root_of(PG_GETARG_JSONB_P(1)));
	return (Datum) 0;
}
