# Completion of creditctl for bash 3.2 and later. It needs nothing but bash.
_creditctl() {
	local program=${COMP_WORDS[0]/#\~/$HOME} current=${COMP_WORDS[COMP_CWORD]}
	local words=() word joins=
	# Bash splits words at "=" and ":", as in -set total=1. Join them again.
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [[ ${#words[@]} -gt 0 && ( -n $joins || $word == [=:] ) ]]; then
			words[${#words[@]}-1]+=$word
		else
			words+=("$word")
		fi
		joins=
		[[ $word == [=:] ]] && joins=yes
	done
	if [[ $current == = ]]; then
		current= # -set=
	elif [[ $current == -* ]]; then
		words+=("$current")
	elif [[ -n $joins ]]; then
		words[${#words[@]}-1]=${words[${#words[@]}-1]%=} # -set=to
	fi
	local line
	COMPREPLY=()
	while IFS= read -r line; do
		line=${line%%:*} # the rest is an explanation
		if [[ $current == -* && $current != --* ]]; then
			line=${line/#--/-} # flags may have one hyphen
		fi
		if [[ -n $line && $line == "$current"* ]]; then
			COMPREPLY+=("$line")
		fi
	done < <("$program" ${words[@]+"${words[@]}"} --generate-shell-completion 2>/dev/null)
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null # the value follows
	fi
}
complete -o default -F _creditctl creditctl
