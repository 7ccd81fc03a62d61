/*
 * protocol.h
 *	  Protocols as documents: their shape, their rules, and the rows that stand
 *	  for them.
 */
#ifndef LEERID_PROTOCOL_H
#define LEERID_PROTOCOL_H

#include "json_reader.h"
#include "query.h"
#include "utils/date.h"

/* protocol_shape.c */
extern const JsonShape protocol_shape;
extern DateADT protocol_date(const JsonNode *node);

/* protocol_rules.c */
extern void check_protocol_rules(const JsonNode *document);
extern JsonNode *find_party(const JsonNode *document, const char *code);
extern bool names_party(const JsonNode *list, const char *code);

/* protocol_rows.c */
extern void lock_protocols(void);
extern bool find_row(const char *sql, int count, const QueryArgument *arguments);
extern int32 find_version(const char *code, const char *version);

#endif /* LEERID_PROTOCOL_H */
