# Completion of mirc for zsh: eval "$(mirc completion zsh)"
_mirc() {
    local -a candidates
    candidates=(${=$(mirc completion words "${(@)words[2,CURRENT-1]}" 2>/dev/null)})
    compadd -- $candidates || _files
}
compdef _mirc mirc
