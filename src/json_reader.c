/*
 * json_reader.c
 *	  Walking a jsonb document with the path of where one stands.
 *
 * Nodes live in the memory context of who asks for them, and point into the
 * document, which must outlive them.  Who asks for a member knows from the
 * document's shape, checked before, that it is there.
 */
#include "json_reader.h"

#include "errors.h"
#include "utils/builtins.h"
#include "utils/json.h"

/* The node of a whole document. */
void
json_root(Jsonb *document, JsonNode *root)
{
	*root = (JsonNode){0};
	root->value.type = jbvBinary;
	root->value.val.binary.data = &document->root;
	root->value.val.binary.len = VARSIZE(document) - VARHDRSZ;
}

/* The member of an object under a key. */
JsonNode *
json_member(const JsonNode *object, const char *key)
{
	JsonNode *node = palloc0(sizeof(JsonNode));

	node->parent = object;
	node->key = key;
	if (getKeyJsonValueFromContainer(object->value.val.binary.data, key, strlen(key), &node->value) == NULL)
		elog(ERROR, "a checked document has no key \"%s\"", key);
	return node;
}

/* How many items a list has. */
int
json_length(const JsonNode *list)
{
	return JsonContainerSize(list->value.val.binary.data);
}

/* An item of a list, counted from 0. */
JsonNode *
json_item(const JsonNode *list, int index)
{
	JsonNode *node = palloc0(sizeof(JsonNode));
	JsonbValue *value = getIthJsonbValueFromContainer(list->value.val.binary.data, index);

	if (value == NULL)
		elog(ERROR, "a list has no item %d", index);
	node->parent = list;
	node->index = index;
	node->value = *value;
	return node;
}

/* Whether a value says something: it is neither null nor "not_stated". */
bool
json_stated(const JsonNode *node)
{
	return node->value.type != jbvNull && !json_says(node, NOT_STATED);
}

/* A string as C has it; NULL for a value that is null or not stated. */
char *
json_text(const JsonNode *node)
{
	if (node->value.type != jbvString || !json_stated(node))
		return NULL;
	return pnstrdup(node->value.val.string.val, node->value.val.string.len);
}

/* The same for a member of an object. */
char *
json_text_of(const JsonNode *object, const char *key)
{
	return json_text(json_member(object, key));
}

/* Whether a value is this very string. */
bool
json_says(const JsonNode *node, const char *text)
{
	return node->value.type == jbvString && node->value.val.string.len == (int) strlen(text) &&
		   memcmp(node->value.val.string.val, text, strlen(text)) == 0;
}

/* Whether a value is true. */
bool
json_true(const JsonNode *node)
{
	return node->value.type == jbvBool && node->value.val.boolean;
}

/* Adds a key to a path, in quotes where it is no plain word. */
void
append_json_key(StringInfo path, const char *key)
{
	size_t plain = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	appendStringInfoChar(path, '.');
	if (plain > 0 && key[plain] == '\0' && !(key[0] >= '0' && key[0] <= '9'))
		appendStringInfoString(path, key);
	else
		escape_json(path, key);
}

/* Writes where a node stands, from the root on. */
static void
append_path(StringInfo path, const JsonNode *node)
{
	if (node->parent == NULL)
	{
		appendStringInfoChar(path, '$');
		return;
	}
	append_path(path, node->parent);
	if (node->key != NULL)
		append_json_key(path, node->key);
	else
		appendStringInfo(path, "[%d]", node->index);
}

/* Raises LR010: where the document breaks a rule, and which. */
void
refuse_at(const JsonNode *node, const char *format, ...)
{
	StringInfoData path, rule;

	initStringInfo(&path);
	append_path(&path, node);
	initStringInfo(&rule);
	for (;;)
	{
		va_list args;
		int needed;

		va_start(args, format);
		needed = appendStringInfoVA(&rule, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&rule, needed);
	}
	ereport(ERROR, (errcode(ERRCODE_LEERID_PROTOCOL_INVALID), errmsg("protocol refused at %s", path.data),
					errdetail_internal("%s", rule.data),
					errhint("Correct the document and import it again; nothing of it was kept.")));
}
