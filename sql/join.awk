# Joins the numbered parts into the install script.  A line
#   --@ scalar TYPE STORAGE INTEGER MEANING...
# becomes sql/scalar.sql.in (the variable template) for that type.

FNR == 1 { printf "\n-- %s\n\n", FILENAME }

/^--@ / {
	if ($2 != "scalar" || NF < 6) {
		printf "%s:%d: unknown directive\n", FILENAME, FNR > "/dev/stderr"
		exit 1
	}
	meaning = $6
	for (i = 7; i <= NF; i++)
		meaning = meaning " " $i
	while ((getline line < template) > 0) {
		gsub(/@TYPE@/, $3, line)
		gsub(/@STORAGE@/, $4, line)
		gsub(/@INTEGER@/, $5, line)
		gsub(/@MEANING@/, meaning, line)
		print line
	}
	close(template)
	next
}

{ print }
