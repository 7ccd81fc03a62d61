/*
 * identity_create.c
 *	  A pupil without INSZ, and the temporary account that stands for him.
 */
#include "identity.h"

#include "catalog/pg_type.h"

/* Runs create_account(). */
void
run_create(Batch *batch)
{
	Request *request = &batch->requests[0];
	QueryArgument id = {.type = INT8OID};
	Changes changes;
	Pupil pupil = {0};
	Account account = {0};

	query("INSERT INTO leerid.leerling (naam, voornaam, geboortedatum, bron_sleutel) VALUES ($1, $2, $3, $4) "
		  "RETURNING id",
		  false, lengthof(request->created), request->created);
	pupil.id = DatumGetInt64(query_value(0, 1, NULL));
	id.value = Int64GetDatum(pupil.id);
	query("INSERT INTO leerid.account (leerling, principal, without_insz, changed_at)"
		  " VALUES ($1, true, true, clock_timestamp()) RETURNING account_uuid",
		  false, 1, &id);
	account.uuid = *DatumGetUUIDP(query_value(0, 1, NULL));

	take_operation_id(request);
	init_changes(&changes);
	change_account(&changes, request->id, &account, &pupil, true, false, true);
	for (int i = 0; i < (int) lengthof(changes.account); i++)
		changes.account[i].count = 0; /* it is written already */
	request->at = write_changes(&changes);
	account.pupil = &pupil;
	pupil.accounts = &account;
	answer_with_pupil(request, VERDICT_CREATED, &pupil);
	request->leerling = pupil.id;
}
