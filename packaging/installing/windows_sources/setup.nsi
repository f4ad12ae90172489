; Installs PPO Desktop for one user. Everything of it is in one folder, `program`, which appears only when it is
; whole and is replaced as a whole; what else stands beside it belongs to the user and stays.

Target amd64-unicode
Unicode true
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include WinVer.nsh

!define TITLE "PPO Desktop"
!define ENTRY "Software\Microsoft\Windows\CurrentVersion\Uninstall\PPO Desktop"
!define OLDEST_WINDOWS 17763 ; Windows 10 1809, as Qt wants it.
!define TELLS_OF_AVX2 19041 ; Older ones do not answer.
!define AVX2 40
!define WITHOUT_AVX2 "This processor has no AVX2: ${TITLE} will run, but prepare its fast engine at the first start."
!define EXISTS_ALREADY 183
; Beside `program` while that is replaced or removed; called so that nothing of the user is.
!define NEW "${TITLE}.new"
!define OLD "${TITLE}.old"

Name "${TITLE}"
OutFile "${INSTALLER}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\${TITLE}"
InstallDirRegKey HKCU "${ENTRY}" "InstallLocation"
SetCompressor /FINAL lzma ; Not /SOLID, for which all would be unpacked into a file first, of 1 GB.
SetCompressorDictSize 64
AllowSkipFiles off
ManifestDPIAware true
BrandingText "${TITLE} ${VERSION}"
VIProductVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "${TITLE}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${TITLE} Setup"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "CompanyName" "PPO Desktop contributors"
VIAddVersionKey "LegalCopyright" "MIT licence"

ShowInstDetails nevershow
ShowUninstDetails nevershow

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${SIDE}"
!define MUI_PAGE_HEADER_TEXT "Install ${TITLE} ${VERSION}"
!define MUI_PAGE_HEADER_SUBTEXT "For you only: no administrator is needed."
!define MUI_DIRECTORYPAGE_TEXT_TOP "${TITLE} will be in this folder. An older version is replaced; your runs and settings stay."
!define MUI_DIRECTORYPAGE_TEXT_DESTINATION "Folder"
!define MUI_PAGE_CUSTOMFUNCTION_LEAVE Refuse_folder
!insertmacro MUI_PAGE_DIRECTORY
!define MUI_PAGE_HEADER_TEXT "Installing ${TITLE} ${VERSION}"
!define MUI_PAGE_HEADER_SUBTEXT "This takes about a minute."
!define MUI_INSTFILESPAGE_ABORTHEADER_TEXT "${TITLE} was not installed"
!define MUI_INSTFILESPAGE_ABORTHEADER_SUBTEXT "Its files could not be written, so nothing has changed."
!define MUI_PAGE_CUSTOMFUNCTION_LEAVE Take_back
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_TITLE "${TITLE} is installed"
!define MUI_FINISHPAGE_TEXT "You find it in the start menu.$\r$\n$\r$\nTo remove it, open the settings of Windows and choose Apps."
!define MUI_FINISHPAGE_RUN "$INSTDIR\program\${TITLE}.exe"
!define MUI_FINISHPAGE_RUN_TEXT "Run ${TITLE}"
!insertmacro MUI_PAGE_FINISH
!define MUI_PAGE_HEADER_TEXT "Removing ${TITLE}"
!define MUI_PAGE_HEADER_SUBTEXT "Your runs and settings stay."
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Var Problem ; One line for the user, empty without one.
Var Before ; The folder in which it was installed last, empty without one.

!macro Note_if_running file
    ${If} ${FileExists} "$R0\${file}"
        ClearErrors
        FileOpen $R1 "$R0\${file}" a
        ${If} ${Errors}
            StrCpy $Problem "${TITLE} is open: close it and try again."
        ${Else}
            FileClose $R1
        ${EndIf}
    ${EndIf}
!macroend

; Say what is being done, and nothing of single files, which would flicker by.
!macro Tell text
    SetDetailsPrint textonly
    DetailPrint "${text}"
    SetDetailsPrint none
!macroend

!macro Functions un

; Say what the problem is, in a dialog or to whoever started this silently, and end with status 2.
Function ${un}Give_up
    ${If} ${Silent}
        System::Call "kernel32::AttachConsole(i -1)"
        System::Call "kernel32::GetStdHandle(i -11) p .r0"
        FileWrite $0 "$Problem$\r$\n"
    ${Else}
        MessageBox MB_OK|MB_ICONEXCLAMATION "$Problem"
    ${EndIf}
    SetErrorLevel 2
    Quit
FunctionEnd

; Set $Problem if the program in $R0 runs: Windows lets nobody write into a file that is being run.
Function ${un}Find_running
    !insertmacro Note_if_running "${TITLE}.exe"
    !insertmacro Note_if_running "ppo-desktop.exe"
    !insertmacro Note_if_running "python\python.exe"
FunctionEnd

; Rename $R0 to $R1, or set $Problem. Just written files may be in use for a moment, by a virus scanner for
; example.
Function ${un}Rename_patiently
    ${For} $R2 1 40
        ClearErrors
        Rename "$R0" "$R1"
        ${IfNot} ${Errors}
            Return
        ${EndIf}
        Sleep 500
    ${Next}
    StrCpy $Problem "Files in $R0 are in use: close what uses them and try again."
FunctionEnd

; Remove the program in $R0, or set $Problem and leave it whole: half of it could neither run nor be replaced.
Function ${un}Remove_program
    ${GetParent} "$R0" $R3
    StrCpy $R1 "$R3\${OLD}"
    RMDir /r "$R1"
    Call ${un}Rename_patiently
    RMDir /r "$R1"
    RMDir "$R3" ; Not if the user has put anything into it.
FunctionEnd

!macroend
!insertmacro Functions ""
!insertmacro Functions "un."

Function .onInit
    ${IfNot} ${AtLeastBuild} ${OLDEST_WINDOWS}
        StrCpy $Problem "${TITLE} needs Windows 10, version 1809, or later."
        Call Give_up
    ${EndIf}
    ReadRegStr $Before HKCU "${ENTRY}" "InstallLocation"
    System::Call 'kernel32::CreateMutexW(p 0, i 0, w "${TITLE} Setup") p .r0 ?e'
    Pop $0
    ${If} $0 = ${EXISTS_ALREADY}
        StrCpy $Problem "Setup of ${TITLE} is open already."
        Call Give_up
    ${EndIf}
    ${If} ${AtLeastBuild} ${TELLS_OF_AVX2}
        System::Call "kernel32::IsProcessorFeaturePresent(i ${AVX2}) i .r0"
        ${If} $0 = 0
            MessageBox MB_OK|MB_ICONINFORMATION "${WITHOUT_AVX2}" /SD IDOK
        ${EndIf}
    ${EndIf}
FunctionEnd

; Set $Problem if the program cannot be installed into $INSTDIR, in which nothing changes.
Function Check_folder
    StrCpy $Problem ""
    StrCpy $R0 "$INSTDIR\program"
    ${If} ${FileExists} "$R0\*.*"
    ${AndIfNot} ${FileExists} "$R0\${TITLE}.exe"
        StrCpy $Problem "$R0 is not of ${TITLE}: choose another folder."
        Return
    ${EndIf}
    Call Find_running
    ${If} $Before != ""
        StrCpy $R0 "$Before\program"
        Call Find_running
    ${EndIf}
    ${If} $Problem == ""
        Call Check_room
    ${EndIf}
FunctionEnd

; Set $Problem if files cannot be put into $INSTDIR, or not all.
Function Check_room
    StrCpy $R0 "$INSTDIR"
    ${DoUntil} ${FileExists} "$R0\*.*"
        ${GetParent} "$R0" $R0
        ${If} $R0 == ""
            ${ExitDo}
        ${EndIf}
    ${Loop}
    ClearErrors
    FileOpen $R1 "$R0\ppo-desktop-trial" w
    ${If} ${Errors}
        StrCpy $Problem "$INSTDIR cannot be written: choose another folder."
        Return
    ${EndIf}
    FileClose $R1
    Delete "$R0\ppo-desktop-trial"
    ${DriveSpace} "$R0\" "/D=F /S=M" $R2
    ${If} $R2 < ${MEGABYTES}
        StrCpy $Problem "${TITLE} needs ${MEGABYTES} MB and $R2 MB are free: make room or choose another drive."
    ${EndIf}
FunctionEnd

Function Refuse_folder
    Call Check_folder
    ${If} $Problem != ""
        MessageBox MB_OK|MB_ICONEXCLAMATION "$Problem"
        Abort
    ${EndIf}
FunctionEnd

; Let what is new be `program`; what was there before comes back if that fails.
Function Swap
    RMDir /r "$INSTDIR\${OLD}"
    ${If} ${FileExists} "$INSTDIR\program\*.*"
        StrCpy $R0 "$INSTDIR\program"
        StrCpy $R1 "$INSTDIR\${OLD}"
        Call Rename_patiently
    ${EndIf}
    ${If} $Problem == ""
        StrCpy $R0 "$INSTDIR\${NEW}"
        StrCpy $R1 "$INSTDIR\program"
        Call Rename_patiently
        ${If} $Problem != ""
            Rename "$INSTDIR\${OLD}" "$INSTDIR\program"
        ${EndIf}
    ${EndIf}
    ${If} $Problem != ""
        RMDir /r "$INSTDIR\${NEW}"
        Call Give_up
    ${EndIf}
    RMDir /r "$INSTDIR\${OLD}"
FunctionEnd

Section
    !insertmacro Tell "Copying ${TITLE} ..."
    Call Check_folder
    ${If} $Problem != ""
        Call Give_up
    ${EndIf}
    ${If} $Before != ""
        RMDir /r "$Before\${NEW}"
    ${EndIf}
    RMDir /r "$INSTDIR\${NEW}"
    SetOutPath "$INSTDIR\${NEW}"
    File /r "${APPLICATION}\*" ; Windows finds nothing with the other slash; on Linux it is turned.
    ClearErrors
    WriteUninstaller "$INSTDIR\${NEW}\Uninstall.exe"
    ${If} ${Errors}
        Abort
    ${EndIf}
    !insertmacro Tell "Putting it into its place ..."
    SetOutPath "$DOCUMENTS" ; Where files are offered to be kept; and no folder of ours is the current one.
    ${If} ${FileExists} "$Before\${NEW}\*.*"
        StrCpy $Before "$INSTDIR" ; It is the same folder, however both are spelt.
    ${EndIf}
    Call Swap

    ${If} $Before != ""
    ${AndIf} $Before != "$INSTDIR"
    ${AndIf} ${FileExists} "$Before\program\*.*"
        StrCpy $R0 "$Before\program"
        Call Remove_program
    ${EndIf}
    CreateShortCut "$SMPROGRAMS\${TITLE}.lnk" "$INSTDIR\program\${TITLE}.exe"
    ${If} $Before == ""
    ${OrIf} ${FileExists} "$DESKTOP\${TITLE}.lnk" ; Who has removed it does not want it.
        CreateShortCut "$DESKTOP\${TITLE}.lnk" "$INSTDIR\program\${TITLE}.exe"
    ${EndIf}
    WriteRegStr HKCU "${ENTRY}" "DisplayName" "${TITLE}"
    WriteRegStr HKCU "${ENTRY}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${ENTRY}" "DisplayIcon" "$INSTDIR\program\${TITLE}.exe"
    WriteRegStr HKCU "${ENTRY}" "Publisher" "PPO Desktop contributors"
    WriteRegStr HKCU "${ENTRY}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKCU "${ENTRY}" "UninstallString" '"$INSTDIR\program\Uninstall.exe"'
    WriteRegStr HKCU "${ENTRY}" "QuietUninstallString" '"$INSTDIR\program\Uninstall.exe" /S'
    WriteRegDWORD HKCU "${ENTRY}" "EstimatedSize" ${KILOBYTES}
    WriteRegDWORD HKCU "${ENTRY}" "NoModify" 1
    WriteRegDWORD HKCU "${ENTRY}" "NoRepair" 1
SectionEnd

; Remove what was copied if not all could be: the disk has become full, for example.
Function Take_back
    ${If} ${Abort}
        !insertmacro Tell "Stopped."
        SetOutPath "$TEMP"
        RMDir /r "$INSTDIR\${NEW}"
        RMDir "$INSTDIR"
    ${EndIf}
FunctionEnd

; In a window, the page has done and said so before.
Function .onInstFailed
    ${If} ${Silent}
        Call Take_back
        StrCpy $Problem "Files could not be written into $INSTDIR, so nothing was installed."
        Call Give_up
    ${EndIf}
FunctionEnd

Section Uninstall
    SetAutoClose true
    StrCpy $R0 "$INSTDIR"
    ${IfNot} ${FileExists} "$INSTDIR\python\python.exe"
        StrCpy $Problem "Start the one in the folder of ${TITLE}." ; Not ours is whatever is here.
    ${EndIf}
    Call un.Find_running
    ${If} $Problem != ""
        Call un.Give_up
    ${EndIf}
    !insertmacro Tell "Removing ${TITLE} ..."
    Call un.Remove_program
    ${If} $Problem != ""
        Call un.Give_up
    ${EndIf}
    DeleteRegKey HKCU "${ENTRY}"
    Delete "$DESKTOP\${TITLE}.lnk"
    Delete "$SMPROGRAMS\${TITLE}.lnk" ; The last of it: whoever waits for the end waits for this.
SectionEnd
