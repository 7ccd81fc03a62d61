/*
 * json_shape.c
 *	  Checking that a jsonb document has the shape it must have: every key that
 *	  is asked, no other, and values of the right kind.
 *
 * No key may be left out: what a document does not say is "not_stated" where
 * that is allowed, so that nothing is ever assumed.
 */
#include "json_reader.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* Refuses a value that is no string, is empty, or breaks the rule for it. */
static void
check_text(const JsonNode *node, const JsonShape *shape)
{
	const JsonbValue *value = &node->value;
	const char *const *word = shape->words;
	Fault fault;

	if (value->type != jbvString)
		refuse_at(node, "A string must stand here.");
	if (json_says(node, NOT_STATED))
		refuse_at(node, "A protocol must state this.");
	if (value->val.string.len == 0)
		refuse_at(node, "The string is empty.");
	if (shape->check != NULL && !shape->check(value->val.string.val, value->val.string.len, &fault))
		refuse_at(node, "%s", fault.rule);
	if (word == NULL)
		return;
	while (*word != NULL && !json_says(node, *word))
		word++;
	if (*word == NULL)
	{
		StringInfoData list;

		initStringInfo(&list);
		for (word = shape->words; *word != NULL; word++)
			appendStringInfo(&list, "%s%s", list.len == 0 ? "" : ", ", *word);
		refuse_at(node, "One of these must stand here: %s.", list.data);
	}
}

/* Refuses a value that is no number, or breaks the rule for it. */
static void
check_integer(const JsonNode *node, const JsonShape *shape)
{
	Fault fault;
	char *digits;

	if (node->value.type != jbvNumeric)
		refuse_at(node, "A number must stand here.");
	digits = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(node->value.val.numeric)));
	if (!shape->check(digits, strlen(digits), &fault))
		refuse_at(node, "%s", fault.rule);
}

/* Refuses an object with a key that is not asked; the first such key. */
static void
check_no_other_key(const JsonNode *node, const JsonShape *shape)
{
	JsonbIterator *iterator = JsonbIteratorInit(node->value.val.binary.data);
	JsonbIteratorToken token;
	JsonbValue value;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		JsonNode child = {.parent = node};
		const JsonKey *key = shape->keys;

		if (token != WJB_KEY)
			continue;
		child.key = pnstrdup(value.val.string.val, value.val.string.len);
		while (key->name != NULL && strcmp(key->name, child.key) != 0)
			key++;
		if (key->name == NULL)
			refuse_at(&child, "There is no such key.");
	}
}

/* Refuses an object that lacks a key, has another, or has a bad member. */
static void
check_object(const JsonNode *node, const JsonShape *shape)
{
	if (node->value.type != jbvBinary || !JsonContainerIsObject(node->value.val.binary.data))
		refuse_at(node, "An object must stand here.");
	check_no_other_key(node, shape);
	for (const JsonKey *key = shape->keys; key->name != NULL; key++)
	{
		JsonNode child = {.parent = node, .key = key->name};

		if (getKeyJsonValueFromContainer(node->value.val.binary.data, key->name, strlen(key->name),
										 &child.value) == NULL)
			refuse_at(&child, "The key is missing.");
		if (key->may_lack && json_says(&child, NOT_STATED))
			continue;
		if (key->may_be_null && child.value.type == jbvNull)
			continue;
		check_shape(&child, key->shape);
	}
}

/* Refuses a list that is too short or has a bad item. */
static void
check_list(const JsonNode *node, const JsonShape *shape)
{
	if (node->value.type != jbvBinary || !JsonContainerIsArray(node->value.val.binary.data) ||
		JsonContainerIsScalar(node->value.val.binary.data))
		refuse_at(node, "A list must stand here.");
	if (json_length(node) < shape->fewest)
		refuse_at(node, "At least %d must be named.", shape->fewest);
	for (int i = 0; i < json_length(node); i++)
	{
		JsonNode *item = json_item(node, i);

		check_shape(item, shape->item);
	}
}

/* Raises LR010, with the path, where a value has not the shape it must have. */
void
check_shape(const JsonNode *node, const JsonShape *shape)
{
	switch (shape->kind)
	{
		case JSON_TEXT:
			check_text(node, shape);
			break;
		case JSON_INTEGER:
			check_integer(node, shape);
			break;
		case JSON_BOOLEAN:
			if (node->value.type != jbvBool)
				refuse_at(node, "true or false must stand here.");
			break;
		case JSON_OBJECT:
			check_object(node, shape);
			break;
		case JSON_LIST:
			check_list(node, shape);
			break;
	}
}
