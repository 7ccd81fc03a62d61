/*
 * json_reader.h
 *	  Walking a jsonb document with the path of where one stands, and checking
 *	  it against the shape that it must have.
 */
#ifndef LEERID_JSON_READER_H
#define LEERID_JSON_READER_H

#include "compat.h"

#include "fault.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

/* What stands for a thing that a document does not say. */
#define NOT_STATED "not_stated"

/* A value and where it stands; the root has no parent, an item of a list no key. */
typedef struct JsonNode
{
	const struct JsonNode *parent;
	const char *key;
	int index;
	JsonbValue value;
} JsonNode;

typedef enum JsonShapeKind
{
	JSON_TEXT,	  /* a string that is not empty */
	JSON_INTEGER, /* a whole number */
	JSON_BOOLEAN,
	JSON_OBJECT,
	JSON_LIST
} JsonShapeKind;

typedef struct JsonShape
{
	JsonShapeKind kind;
	bool (*check)(const char *text, size_t length, Fault *fault); /* text, integer: a rule, or NULL */
	const char *const *words;									  /* text: one of these, ended by NULL */
	const struct JsonKey *keys;									  /* object: all of them, ended by no name */
	const struct JsonShape *item;								  /* list: what each item is */
	int fewest;													  /* list: at least so many */
} JsonShape;

/* A key that an object must have. */
typedef struct JsonKey
{
	const char *name;
	const JsonShape *shape;
	bool may_lack;	  /* the document may not state it: "not_stated" */
	bool may_be_null; /* it may be null */
} JsonKey;

/* json_reader.c */
extern void json_root(Jsonb *document, JsonNode *root);
extern JsonNode *json_member(const JsonNode *object, const char *key);
extern int json_length(const JsonNode *list);
extern JsonNode *json_item(const JsonNode *list, int index);
extern bool json_stated(const JsonNode *node);
extern char *json_text(const JsonNode *node);
extern char *json_text_of(const JsonNode *object, const char *key);
extern bool json_says(const JsonNode *node, const char *text);
extern bool json_true(const JsonNode *node);
extern void append_json_key(StringInfo path, const char *key);
extern void refuse_at(const JsonNode *node, const char *format, ...) __attribute__((noreturn))
pg_attribute_printf(2, 3);

/* json_shape.c */
extern void check_shape(const JsonNode *node, const JsonShape *shape);

#endif /* LEERID_JSON_READER_H */
