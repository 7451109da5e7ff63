# Completion of mirc for bash: eval "$(mirc completion bash)"
_mirc() {
    local current=${COMP_WORDS[COMP_CWORD]} before
    before=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
    # shellcheck disable=SC2207 # bash 3.2 has no mapfile, and the words hold no spaces
    COMPREPLY=($(compgen -W "$(mirc completion words "${before[@]}" 2>/dev/null)" -- "$current"))
}
complete -o default -F _mirc mirc
